/**
 * The target is asked what is in it, behind the take and the start, so that the answer describes the snapshot. Invariants:
 * - a probe is sent only to a target that was running before and, if we stopped it, runs again, as far as is known;
 * - whatever becomes of the probe, the snapshot is completed and the run ends; what is not known is in doubt;
 * - a snapshot whose policy asks for a probe is good only if it was answered and no rule tripped.
 */
import { type ErrorValue, failure } from '../errors/registry.ts';
import { type Certainty, certaintyOf, type Fingerprint, type ProbeReply, probeName } from '../policy/probe.ts';
import { baselineFor, type Doubt, judge } from '../policy/tripwire.ts';
import type { Draft } from './draft.ts';
import { problemOf } from './problem.ts';
import { takenStopped } from './proof.ts';
import { mustStart } from './start.ts';
import type { Call, CallResult, CatalogEntry, Run, StatusAnswer } from './types.ts';

/** The answer to the status after the probe. Without it the fingerprint is not exact; nothing else depends on it. */
function onProbeStatus(draft: Draft, call: Call, result: CallResult): void {
  if ('ok' in result) {
    draft.set({ versionProbed: (result.ok as StatusAnswer).version });
  } else {
    const problem = problemOf(draft, call, result);
    if (problem !== undefined) draft.warn(problem);
  }
}

/** Sends the probe that the policy asks for, unless the target cannot answer it. */
export function sendProbe(draft: Draft): boolean {
  const { probe, target: canister, statusBefore = 'stopped' } = draft.run;
  if (probe === undefined) return false;
  const { method } = probe;
  const { openProbe } = draft.context;
  if (statusBefore !== 'running') {
    draft.set({ probeProblem: failure('probe_not_sent', { canister, method, status: statusBefore }) });
  } else if (openProbe !== undefined) {
    draft.set({ probeProblem: failure('probe_open', { canister, ...openProbe }) });
  } else {
    draft.send('probing', [{ name: 'probe' }]);
    return true;
  }
  return false;
}

export function onProbe(draft: Draft, call: Call, result: CallResult): void {
  if (call.name === 'probe' && 'ok' in result) {
    draft.set({ probeReply: result.ok as ProbeReply });
    draft.send('probing', [{ name: 'status_after_probe' }]);
  } else if (call.name === 'probe') {
    draft.set({ probeProblem: problemOf(draft, call, result) });
  } else if (call.name === 'status_after_probe') {
    onProbeStatus(draft, call, result);
  }
}

/** What the probe says of a snapshot: the fields of its entry, and the doubts as warnings of the run. */
export function verdict(draft: Draft, entry: CatalogEntry): Pick<CatalogEntry, 'good' | 'fingerprint' | 'doubt'> {
  const { probe } = draft.run;
  const proven = takenStopped(draft.run);
  if (probe === undefined) return { good: proven };
  const fingerprint = fingerprintOf(draft.run, probeName(probe));
  const doubt = doubtOf(draft, entry, fingerprint);
  for (const reason of doubt?.reasons ?? []) draft.warn(reason);
  return { good: proven && doubt === undefined, fingerprint, doubt };
}

function fingerprintOf(run: Run, probe: string): Fingerprint {
  const { probeReply: reply } = run;
  return reply === undefined ? { certainty: 'unknown', probe } : { certainty: certaintyOfRun(run), probe, reply };
}

export function certaintyOfRun(run: Run): Certainty {
  const { version, versionStarted, versionProbed } = run;
  return certaintyOf({ before: version, started: versionStarted, probed: versionProbed, again: mustStart(run) });
}

function doubtOf(draft: Draft, entry: CatalogEntry, fingerprint: Fingerprint): Doubt | undefined {
  const { run, catalog } = draft;
  const otherwiseGood = takenStopped(run);
  if (run.probe === undefined) return undefined;
  if (fingerprint.reply === undefined) {
    return { kind: 'unknown', reasons: [run.probeProblem ?? neverAnswered(run, run.probe.method)], otherwiseGood };
  }
  const others = catalog.filter((other) => other.id !== entry.id);
  const baseline = baselineFor(fingerprint.probe, others);
  const { tripped, unreadable } = judge(run.probe, fingerprint.reply, { canister: run.target, baseline });
  if (tripped.length > 0) return { kind: 'suspect', reasons: [...tripped, ...unreadable], otherwiseGood };
  if (unreadable.length > 0) return { kind: 'unknown', reasons: unreadable, otherwiseGood };
  return undefined;
}

function neverAnswered({ target: canister }: Run, method: string): ErrorValue {
  return failure('probe_unanswered', { canister, method, cause: 'there is no answer' });
}

/** The failure of a run that would stop a target which cannot stop, because it has not answered an earlier probe. */
export function refuseOpenProbe(draft: Draft): void {
  const { kind, mode, target: canister, outcome, statusBefore, purpose } = draft.run;
  const { openProbe } = draft.context;
  const stops = statusBefore === 'running' && purpose !== 'forced' && (kind === 'restore' || mode === 'stop');
  if (outcome === undefined && stops && openProbe !== undefined) {
    draft.fail(failure('probe_open', { canister, ...openProbe }));
  }
}
