/** The command `fuzz`: both servers, half of the requests each. */
import { type FuzzReport, fuzz } from './campaign.ts';
import { networkTarget, pocketIcTarget } from './targets.ts';

export interface FuzzRun {
  readonly requests: number;
  readonly seed: number;
  readonly onProgress: (line: string) => void;
}

export async function runFuzz({ requests, seed, onProgress }: FuzzRun): Promise<FuzzReport[]> {
  const reports: FuzzReport[] = [];
  const half = Math.floor(requests / 2);
  for (const [open, share] of [
    [networkTarget, requests - half],
    [pocketIcTarget, half],
  ] as const) {
    const target = await open();
    const say = (done: number) => onProgress(`${target.name}: ${done} of ${share} requests`);
    reports.push(await fuzz(target, { requests: share, seed, onProgress: say }));
  }
  return reports;
}

export function fuzzText(report: FuzzReport): string {
  const { target, requests, seconds, bystander, memory, failures } = report;
  const answers = [...sumsOf(report.statuses)].sort().map(([status, count]) => `${status}: ${count}`);
  const used =
    memory === null
      ? 'unknown'
      : `${memory.early.toFixed(0)} to ${memory.late.toFixed(0)} MiB, at most ${memory.peak.toFixed(0)}`;
  return [
    `${target}: ${requests} requests in ${seconds.toFixed(0)} s (${Math.round(requests / seconds)} a second)`,
    `  answers    ${answers.join(', ')}`,
    `  bystander  ${bystander.requests} requests, ${bystander.medianMs.toFixed(1)} ms in the middle, ${bystander.worstMs.toFixed(0)} ms at worst`,
    `  memory     ${used}`,
    ...failures.map((failure) => `  FAILED     ${failure}`),
  ].join('\n');
}

/** Answers that a canister made up are counted as one kind. */
function sumsOf(statuses: FuzzReport['statuses']): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [name, counts] of Object.entries(statuses)) {
    for (const [status, count] of Object.entries(counts)) {
      const kind = name === 'page/said' ? "a canister's own" : status === '0' ? 'closed' : status;
      sums.set(kind, (sums.get(kind) ?? 0) + count);
    }
  }
  return sums;
}
