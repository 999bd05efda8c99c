import { describe, expect, it } from 'vitest';
import {
  type CandidPolicy,
  DEFAULT_POLICY,
  policyArg,
  readLimit,
  readPolicy,
  readSnapshotId,
  writePolicy,
} from '../src/index.ts';

const policy: CandidPolicy = policyArg({ schedule: { every_seconds: 3600n }, keep: 4, mode: { running: null } });

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

  it('take a calendar that has a day, and say what is wrong with another', () => {
    const read = readPolicy({ ...policy, schedule: { calendar: { cron: ' 0 3 * * mon-fri ' } } });
    expect(read).toMatchObject({ Ok: { schedule: { kind: 'calendar', cron: '0 3 * * mon-fri' } } });
    for (const cron of ['', '* * * *', '60 * * * *', '0 3 30 2 *', '0 3 * * * *', '*/0 * * * *', '5-1 * * * *']) {
      const problem = readPolicy({ ...policy, schedule: { calendar: { cron } } });
      expect('Err' in problem && problem.Err.context).toContainEqual(['field', 'schedule.calendar.cron']);
    }
  });

  it('carry their options there and back, and bound each', () => {
    const options: CandidPolicy = {
      ...policy,
      retention: [{ last: 2, hourly: 0, daily: 4, weekly: 2, monthly: 1 }],
      quiet_hours: [{ from: 1320, to: 360 }],
      jitter_seconds: [600],
      skip_unchanged: [true],
      max_downtime_seconds: [60],
      margin: [{ days: 7, cycles: 500n }],
    };
    const read = readPolicy(options);
    if ('Err' in read) throw new Error(read.Err.message);
    expect(writePolicy(read.Ok)).toEqual(options);
    for (const [change, field] of [
      [{ retention: [{ last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0 }] }, 'retention'],
      [{ retention: [{ last: 101, hourly: 0, daily: 0, weekly: 0, monthly: 0 }] }, 'retention.last'],
      [{ quiet_hours: [{ from: 60, to: 60 }] }, 'quiet_hours.to'],
      [{ quiet_hours: [{ from: 1440, to: 60 }] }, 'quiet_hours.from'],
      [{ jitter_seconds: [86_401] }, 'jitter_seconds'],
      [{ max_downtime_seconds: [301] }, 'max_downtime_seconds'],
      [{ margin: [{ days: 3651, cycles: 0n }] }, 'margin.days'],
    ] as [Partial<CandidPolicy>, string][]) {
      const problem = readPolicy({ ...policy, ...change });
      expect('Err' in problem && problem.Err.context).toContainEqual(['field', field]);
    }
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
