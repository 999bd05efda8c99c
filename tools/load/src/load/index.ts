/** The command `load`: several clients at a network, beside the same clients at a server that only echoes. */
import { counterWasm } from '../counter.ts';
import { connect, deploy } from '../deploy.ts';
import { startNetwork } from '../processes.ts';
import { type Beside, measureBeside } from './beside.ts';
import type { ClientTask } from './client.ts';
import { measure, type Row, startEcho } from './measure.ts';

export interface LoadOptions {
  readonly seconds: number;
  readonly agents: number;
  readonly onProgress: (line: string) => void;
}

export interface LoadReport {
  readonly agents: number;
  readonly seconds: number;
  readonly rows: readonly (Row & { readonly toEcho: Ratios })[];
  readonly oneAgent: Beside;
}

const FIGURES = ['perSecond', 'p50', 'p99', 'cpuMs', 'peakMib'] as const;
/** Each figure to that of the echo; null where one of them is not known. */
export type Ratios = Readonly<Record<(typeof FIGURES)[number], number | null>>;

/** Four of several clients at once, and then one. */
const PARTS = 5;

export async function runLoad({ seconds, agents, onProgress }: LoadOptions): Promise<LoadReport> {
  const milliseconds = (seconds * 1000) / PARTS;
  const echo = await startEcho();
  const network = await startNetwork();
  const agent = await connect(network.url);
  const canister = await deploy(agent, await counterWasm());
  const rows: Row[] = [];
  const take = async (name: string, kind: ClientTask['kind']) => {
    onProgress(name);
    const { url, pid } = kind === 'echo' ? echo : network;
    const task = { kind, url, pid, canister: canister.toText(), milliseconds };
    rows.push(await measure({ ...task, name, clients: agents }));
  };
  await take('echo', 'echo');
  await take('query', 'query');
  await take('update', 'update');
  await take('update, unchecked', 'unchecked');
  onProgress('updates of one agent, beside signing and verifying alone');
  const oneAgent = await measureBeside(network.url, canister, milliseconds);
  echo.stop();
  await network.stop();
  const echoed = rows[0] as Row;
  return { agents, seconds, rows: rows.map((row) => ({ ...row, toEcho: ratios(row, echoed) })), oneAgent };
}

function ratios(row: Row, echo: Row): Ratios {
  const ratio = (value: number | null, to: number | null) => (value === null || !to ? null : value / to);
  return Object.fromEntries(FIGURES.map((name) => [name, ratio(row[name], echo[name])])) as Ratios;
}

export function loadText({ agents, seconds, rows, oneAgent }: LoadReport): string {
  const figure = (value: number | null, ratio: number | null, digits: number) => {
    if (value === null) return '-';
    const times = ratio === null ? '-' : `${ratio >= 10 ? ratio.toFixed(0) : ratio.toPrecision(2)}x`;
    return `${value.toFixed(digits)} (${times})`;
  };
  const cells = rows.map(({ name, calls, perSecond, p50, p99, cpuMs, peakMib, toEcho }) => [
    name,
    String(calls),
    figure(perSecond, toEcho.perSecond, 0),
    figure(p50, toEcho.p50, 1),
    figure(p99, toEcho.p99, 1),
    figure(cpuMs, toEcho.cpuMs, 1),
    figure(peakMib, toEcho.peakMib, 0),
  ]);
  const { pairs, updateMs, signMs, verifyMs, ratio: toAlone } = oneAgent;
  return [
    `${agents} clients, ${seconds} s in all; in brackets the ratio to the echo`,
    ...table([['', 'calls', 'a second', 'p50 ms', 'p99 ms', 'server cpu ms', 'most MiB'], ...cells]),
    `One agent alone: an update ${updateMs.toFixed(1)} ms, signing ${signMs.toFixed(1)} ms, checking a certificate ${verifyMs.toFixed(1)} ms (${pairs} of each).`,
    `An update takes ${toAlone.toFixed(2)} times signing and checking; the aim is less than 2.`,
  ].join('\n');
}

function table(lines: readonly (readonly string[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}
