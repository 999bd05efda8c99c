/** The file that a campaign goes on with: what it takes for done, and what it refuses. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { campaign } from '../src/campaign.ts';
import { CampaignRecord, caseId, type Subject, UnusableRecord } from '../src/record.ts';
import type { Case, Verdict } from '../src/simulate.ts';
import type { Stage } from '../src/stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'campaign-'));
afterAll(() => rmSync(folder, { recursive: true }));

let path = '';
beforeEach(({ task }) => {
  path = join(folder, task.id);
});

const SUBJECT: Subject = { options: '--seeds 3 --seed 1', build: 'b'.repeat(12), cases: 'c'.repeat(12) };
const open = (more: Partial<Subject> = {}) => new CampaignRecord(path, { ...SUBJECT, ...more });
const cases = [1, 2, 3].map((round) => ({
  number: round,
  case: { scenario: 'backup_by_timer', faults: [{ kind: 'act', round, act: 'append' }] } as Case,
}));

/** @param failing rounds whose cases fail */
function stageOf(failing: readonly number[]): { readonly stage: Stage; readonly ran: number[] } {
  const ran: number[] = [];
  const run = ({ faults: [fault] }: Case) => {
    const { round = 0 } = fault as { round?: number };
    ran.push(round);
    const violations = [{ invariant: 'made up', message: `round ${round}` }];
    const verdict: Verdict = failing.includes(round) ? { kind: 'safety', violations } : { kind: 'held' };
    return { verdict };
  };
  return { stage: { rehearsals: [], run } as unknown as Stage, ran };
}

const runAll = (failing: readonly number[], list = cases) => {
  const { stage, ran } = stageOf(failing);
  const { failures } = campaign(stage, list, { record: open(), shrinking: false });
  return { ran: [...new Set(ran)], failed: failures.map(({ number }) => number) };
};

it('runs what did not run before, and counts what failed before', () => {
  expect(runAll([1], cases.slice(0, 2))).toEqual({ ran: [1, 2], failed: [1] });
  expect(runAll([3])).toEqual({ ran: [3], failed: [1, 3] });
  expect(runAll([])).toEqual({ ran: [], failed: [1, 3] });
});

it('drops a line that was being written when the process ended, wherever it ended', () => {
  runAll([2]);
  const whole = readFileSync(path);
  const lastLine = whole.lastIndexOf(10, whole.length - 2) + 1;
  for (let length = 0; length < whole.length; length += 1) {
    writeFileSync(path, whole.subarray(0, length));
    const { done } = open();
    const lines = whole.subarray(0, length).filter((byte) => byte === 10).length;
    expect(done.length).toBe(Math.max(0, lines - 1));
    if (length >= lastLine) expect(done.map(({ id }) => id)).toEqual(cases.slice(0, 2).map((one) => caseId(one.case)));
  }
  expect(runAll([])).toEqual({ ran: [3], failed: [2] });
});

it('notices a flipped bit in every byte: the file is refused, or the case runs again', () => {
  runAll([2]);
  const whole = readFileSync(path);
  const before = open().done.map((one) => JSON.stringify(one));
  for (let byte = 0; byte < whole.length; byte += 1) {
    const flipped = Buffer.from(whole);
    flipped[byte]! ^= 1 << (byte % 8);
    writeFileSync(path, flipped);
    let done: readonly string[] = [];
    try {
      done = open().done.map((one) => JSON.stringify(one));
    } catch (error) {
      expect(error).toBeInstanceOf(UnusableRecord);
    }
    expect(before.slice(0, done.length)).toEqual(done);
    expect(done.length).toBeLessThan(before.length);
  }
});

it('refuses a record of other options, of another build, and of other cases', () => {
  open();
  expect(() => open({ options: '--singles' })).toThrow(
    `${path} is the record of \`--seeds 3 --seed 1\`, and not of \`--singles\`. Name another file`,
  );
  expect(() => open({ build: 'd'.repeat(12) })).toThrow(
    'is the record of build bbbbbbbbbbbb, and this is build dddddddddddd.',
  );
  expect(() => open({ cases: 'd'.repeat(12) })).toThrow('is the record of other cases.');
  expect(open().done).toEqual([]);
});

it('overwrites no file that is something else', () => {
  for (const text of ['a letter\n', 'a letter without an end', '{"format":1}\n']) {
    writeFileSync(path, text);
    expect(open).toThrow('is not a record of a campaign');
    expect(readFileSync(path, 'utf8')).toBe(text);
  }
});
