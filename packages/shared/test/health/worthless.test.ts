import { describe, expect, it } from 'vitest';
import {
  assessTarget,
  type HealthRecord,
  looked,
  NANOS_PER_SECOND,
  nextLookAt,
  type TargetFacts,
  UNSEEN,
} from '../../src/index.ts';
import { CHAT, DAY, HOUR, NOW, reasons, record, WELL } from './facts.ts';

/** Each way in which a backup can be worthless, with the least that health has to say. */
describe('a backup that is worth nothing is never ok', () => {
  const none = { goodAt: undefined, goodTakenAt: undefined, goodSnapshot: undefined };
  const old = { goodAt: NOW - 20n * HOUR, goodTakenAt: NOW - 20n * HOUR };
  const seconds = (n: bigint) => NOW - n * NANOS_PER_SECOND;
  it.each<[string, TargetFacts, string]>([
    ['the target was deleted', record({ standing: 'deleted', status: undefined }), 'critical target_deleted'],
    ['its code is gone', record({ standing: 'empty' }), 'critical target_empty'],
    ['its code and its snapshots are gone', { ...record({ standing: 'starved' }), ...none }, 'critical target_empty'],
    ['it is not ours any more', record({ standing: 'not_ours' }), 'critical control_lost'],
    ['it was stopped', record({ status: 'stopped' }), 'critical target_not_running'],
    ['it does not stop', record({ status: 'stopping' }), 'critical target_not_running'],
    [
      'a run has it down too long',
      { ...WELL, open: { run: 1n, downSince: seconds(301n) } },
      'critical target_not_running',
    ],
    [
      'a run has it down longer than its policy allows',
      { ...WELL, policy: { ...WELL.policy, maxDowntime: 10n }, open: { run: 1n, downSince: seconds(11n) } },
      'critical target_not_running',
    ],
    ['every snapshot was deleted by hand', { ...WELL, ...none, snapshots: 0 }, 'critical no_good_snapshot'],
    ['there are only suspects', { ...WELL, ...none, suspects: 2 }, 'critical no_good_snapshot'],
    ['the newest good one is too old', { ...WELL, ...old }, 'critical no_good_snapshot'],
    [
      'the policy gives none',
      { ...WELL, ...none, policy: { ...WELL.policy, mode: 'running' } },
      'warn no_good_snapshot',
    ],
    [
      'there was no backup yet',
      { ...record({ lastSuccess: undefined }), ...none, registeredAt: NOW - HOUR, scheduledAt: NOW - HOUR },
      'warn no_good_snapshot',
    ],
    ['no backup came for long', { ...record({ lastSuccess: undefined }), ...none }, 'critical no_good_snapshot'],
    ['restores fail', record({ restoreError: 'no', restoreFailedAt: NOW - HOUR }), 'warn restore_failed'],
    ['nobody looked', record({ seenAt: NOW - 7n * HOUR }), 'warn not_seen'],
    ['the schedule is paused, and nothing is there', { ...WELL, ...none, paused: true }, 'critical no_good_snapshot'],
  ])('%s', (_, facts, expected) => {
    expect(reasons(facts)).toContain(expected);
  });

  it('and one that is within its budget or promise is', () => {
    expect(reasons({ ...WELL, open: { run: 1n, downSince: seconds(29n) } })).toEqual([]);
    expect(reasons({ ...WELL, goodAt: NOW - 12n * HOUR, goodTakenAt: NOW - 12n * HOUR })).toEqual([]);
    expect(reasons({ ...WELL, goodAt: NOW - HOUR, goodTakenAt: NOW - 90n * DAY })).toEqual([]);
    expect(reasons(record({ restoreError: 'no', restoreFailedAt: NOW - 6n * HOUR }))).toEqual([]);
  });

  it('says what it saw, when, and how old the newest good one is', () => {
    const open = { run: 1n, downSince: seconds(5n), stopped: false, seenAt: seconds(5n) };
    expect(assessTarget({ ...WELL, open }, NOW)).toMatchObject({
      status: 'stopping',
      asOf: seconds(5n),
      goodAge: 5n * HOUR,
    });
    expect(assessTarget({ ...WELL, open: { ...open, stopped: true } }, NOW).status).toBe('stopped');
    expect(assessTarget(WELL, NOW)).toMatchObject({ status: 'running', asOf: NOW - 5n * HOUR });
  });
});

describe('a look', () => {
  const status = { status: 'running', moduleHash: 'aa', cycles: 5n, burnPerDay: 1n, freezingSeconds: 0n } as const;
  const entry = {
    id: 'aa',
    canister: CHAT,
    takenAt: 1n,
    size: 7n,
    runId: 1n,
    mode: 'stop',
    state: 'complete',
    good: true,
  } as const;
  const seen = { catalog: [entry], at: NOW };
  const theirs = { id: 'ff', takenAt: 2n, size: 1n };

  it('tells what is gone and what is not ours', () => {
    expect(looked(UNSEEN, { status, listed: [entry, theirs] }, seen)).toMatchObject({
      standing: 'well',
      foreign: 1,
      seenAt: NOW,
    });
    expect(looked(UNSEEN, { status, listed: [theirs] }, seen)).toMatchObject({ missing: ['aa'], foreign: 1 });
    const codeless = { ...status, moduleHash: undefined };
    expect(looked(UNSEEN, { status: codeless, listed: [entry] }, seen).standing).toBe('empty');
    expect(looked(UNSEEN, { status: codeless, listed: [] }, seen).standing).toBe('starved');
    expect(looked(UNSEEN, { status: { ...codeless, cycles: 0n }, listed: [] }, { ...seen, catalog: [] }).standing).toBe(
      'starved',
    );
    expect(looked(WELL.record, { refused: 'target_not_found' }, seen)).toMatchObject({
      standing: 'deleted',
      status: undefined,
    });
    const down = { ...WELL.record, downSince: 3n };
    expect(looked(down, { refused: 'not_controller' }, seen)).toMatchObject({ standing: 'not_ours', downSince: 3n });
  });

  it('is due within the interval, within six hours, and within five minutes if something is wrong', () => {
    const due = (changes: Partial<HealthRecord>, every = 21_600n) =>
      nextLookAt({ ...WELL.record, seenAt: NOW, ...changes }, { schedule: { kind: 'every', seconds: every } }, 0n) -
      NOW;
    expect(due({})).toBe(6n * HOUR);
    expect(due({}, 86_400n)).toBe(6n * HOUR);
    expect(due({}, 60n)).toBe(60n * NANOS_PER_SECOND);
    for (const bad of [{ standing: 'deleted' }, { status: 'stopped' }] as const)
      expect(due(bad)).toBe(300n * NANOS_PER_SECOND);
  });
});
