import {
  advance,
  type Call,
  type CallResult,
  type CatalogEntry,
  DEFAULT_POLICY,
  failure,
  openRun,
  type Probe,
  probeName,
  type Run,
  type RunEvent,
} from '@canister-backup/shared';
import { describe, expect, it } from 'vitest';
import {
  decodeCanister,
  decodeClosedRun,
  decodeRun,
  decodeTarget,
  encodeCanister,
  encodeClosedRun,
  encodeRun,
  encodeTarget,
} from '../src/store/records.ts';

const TARGET = 'bkyz2-fmaaa-aaaaa-qaaaq-cai';

const entry: CatalogEntry = {
  id: '00aa',
  canister: TARGET,
  takenAt: 1_767_279_600_000_000_014n,
  size: 80_374_156n,
  runId: 7n,
  mode: 'stop',
  moduleHash: 'ff',
  version: 12n,
  state: 'complete',
  good: true,
};

const probe: Probe = {
  method: 'zażółć',
  arg: '00ff',
  rules: [
    { measure: { natural: 3 }, atLeast: 2n ** 70n },
    { measure: 'reply_bytes', shrinksAtMostPercent: 0 },
  ],
};

const doubtful: CatalogEntry = {
  ...entry,
  good: false,
  fingerprint: {
    certainty: 'exact',
    probe: probeName(probe),
    reply: { size: 9, hash: 'ab', naturals: [2n ** 127n, 0n] },
  },
  doubt: {
    kind: 'suspect',
    otherwiseGood: true,
    reasons: [failure('tripwire_at_least', { canister: TARGET, measure: 'natural 3', value: 1n, at_least: 2n })],
  },
};

/** Every state of a backup that meets refusals and losses on its way. */
function statesOfARun(): Run[] {
  const status = { ok: { status: 'running', moduleHash: 'aa', version: 3n } };
  const stopped = { ok: { status: 'stopped', moduleHash: 'aa', version: 4n } };
  const answer = (name: Call['name'], result: CallResult): RunEvent => ({
    kind: 'answer',
    call: { name },
    result,
  });
  const events: RunEvent[] = [
    { kind: 'begin' },
    answer('status', status),
    answer('list', { ok: [{ id: '01', takenAt: 1n, size: 2n }] }),
    { kind: 'funds', available: 100n, perCall: 1n },
    answer('status', { lost: 'trap' }),
    answer('stop', { ok: null }),
    answer('status_before_take', stopped),
    answer('take', { reject: { code: 2, message: 'IC0210: zażółć' } }),
    answer('status_behind', stopped),
    ...[1, 2, 3].map(() => answer('start', { reject: { code: 2, message: 'busy' } })),
  ];
  let run = openRun({
    id: 2n ** 60n,
    kind: 'backup',
    target: TARGET,
    manager: TARGET,
    mode: 'stop',
    keep: 8,
    askedBy: 'timer',
    openedAt: 1_767_279_600_000_000_009n,
  });
  return events.map((event) => {
    ({ run } = advance(run, event, { now: run.progressAt + 5n, catalog: [] }));
    return run;
  });
}

/** JSON has no undefined: a field that is absent and one that is undefined mean the same here. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v)));

describe('what is stored comes back', () => {
  const states = statesOfARun();

  it.each(states.map((run) => [run.phase, run] as const))('a run in phase %s', (_, run) => {
    const back = decodeRun(encodeRun(run));
    expect(plain(back)).toEqual(plain(run));
    expect(typeof back.id).toBe('bigint');
  });

  it('a run that is over, with and without one before it', () => {
    const run = states.at(-1)!;
    expect(run.retryAt).toBeDefined();
    for (const closed of [{ run, previous: 4n }, { run }]) {
      expect(plain(decodeClosedRun(encodeClosedRun(closed)))).toEqual(plain(closed));
    }
  });

  it('a run goes on from its stored form as from the original', () => {
    for (const run of states) {
      const context = { now: run.progressAt + 10n ** 12n, catalog: [] };
      const stored = advance(decodeRun(encodeRun(run)), { kind: 'tick' }, context);
      expect(plain(stored)).toEqual(plain(advance(run, { kind: 'tick' }, context)));
    }
  });

  it('a target', () => {
    const target = { canister: TARGET, policy: DEFAULT_POLICY, schedule: { anchor: 1n, next: 2n }, registeredAt: 3n };
    expect(decodeTarget(encodeTarget(target))).toEqual(target);
  });

  it('a policy and a run with a probe, and its answer', () => {
    const policy = { ...DEFAULT_POLICY, probe };
    const target = { canister: TARGET, policy, schedule: { anchor: 1n, next: 2n }, registeredAt: 3n };
    expect(decodeTarget(encodeTarget(target))).toEqual(target);
    const run: Run = {
      ...states[0]!,
      probe,
      probeReply: doubtful.fingerprint!.reply,
      versionStarted: 4n,
      versionProbed: 5n,
    };
    expect(plain(decodeRun(encodeRun(run)))).toEqual(plain(run));
    expect(decodeRun(encodeRun(run)).probeReply?.naturals).toEqual([2n ** 127n, 0n]);
  });

  it('a snapshot in doubt, with the naturals of its fingerprint', () => {
    const { snapshots } = decodeCanister(encodeCanister({ snapshots: [doubtful] }));
    expect(snapshots[0]).toEqual(doubtful);
  });

  it('what is known of a canister', () => {
    for (const canister of [{ snapshots: [entry, doubtful], lastRun: 9n }, { snapshots: [] }]) {
      expect(plain(decodeCanister(encodeCanister(canister)))).toEqual(plain(canister));
    }
  });

  it('a failure with its context', () => {
    const error = failure('slots_full', { canister: TARGET, foreign: [{ id: '00', bytes: 5n }] });
    const run: Run = { ...states[0]!, outcome: 'failed', error, warnings: [error] };
    expect(decodeRun(encodeRun(run)).error).toEqual(error);
  });
});
