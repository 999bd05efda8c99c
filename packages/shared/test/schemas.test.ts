import { describe, expect, it } from 'vitest';
import { type CandidPolicy, DEFAULT_POLICY, readLimit, readPolicy, readSnapshotId, writePolicy } from '../src/index.ts';

const policy: CandidPolicy = { schedule: { every_seconds: 3600n }, keep: 4, mode: { running: null } };

describe('policies at the border', () => {
  it('are read and written back', () => {
    const read = readPolicy(policy);
    expect(read).toEqual({ Ok: { schedule: { kind: 'every', seconds: 3600n }, keep: 4, mode: 'running' } });
    if ('Ok' in read) expect(writePolicy(read.Ok)).toEqual(policy);
  });

  it('are refused by field', () => {
    for (const [change, field] of [
      [{ keep: 0 }, 'keep'],
      [{ keep: 9 }, 'keep'],
      [{ schedule: { every_seconds: 59n } }, 'schedule.every_seconds'],
      [{ schedule: { every_seconds: 31_622_401n } }, 'schedule.every_seconds'],
    ] as const) {
      const read = readPolicy({ ...policy, ...change });
      if (!('Err' in read)) throw new Error(`${field} was taken`);
      expect(read.Err.code).toBe('invalid_policy');
      expect(read.Err.context).toContainEqual(['field', field]);
    }
  });

  it('answer not_supported for what is not built', () => {
    const read = readPolicy({ ...policy, schedule: { calendar: { cron: '0 3 * * *' } } });
    expect('Err' in read && read.Err.code).toBe('not_supported');
  });

  it('have a default that they accept', () => {
    expect(readPolicy(writePolicy(DEFAULT_POLICY))).toEqual({ Ok: DEFAULT_POLICY });
  });
});

describe('other arguments', () => {
  it('bound a page', () => {
    expect(readLimit(undefined)).toEqual({ Ok: 100 });
    expect(readLimit(7)).toEqual({ Ok: 7 });
    for (const limit of [0, 101]) expect(readLimit(limit)).toMatchObject({ Err: { code: 'invalid_argument' } });
  });

  it('know the form of a snapshot id', () => {
    expect(readSnapshotId(new Uint8Array(18))).toEqual({ Ok: new Uint8Array(18) });
    expect(readSnapshotId(new Uint8Array(3))).toMatchObject({ Err: { code: 'invalid_argument' } });
  });
});
