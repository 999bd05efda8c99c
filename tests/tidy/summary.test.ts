import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly missing: string[];
}
interface Summary {
  readonly countTests: (root: string) => Counts;
  readonly summaryLines: (counts: Counts) => string[];
}

// A plain script without types: it has to run where nothing is installed.
const script = new URL('../../scripts/summary.mjs', import.meta.url).href;
const { countTests, summaryLines } = (await import(script)) as Summary;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'summary-'));
  write('package.json', { name: 'root' });
  write('tests/package.json', { name: 'the-tests', scripts: { test: 'vitest run' } });
  write('packages/one/package.json', { name: 'one', scripts: { test: 'vitest run' } });
  write('tools/none/package.json', { name: 'none', scripts: { build: 'tsc' } });
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, value: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), JSON.stringify(value));
}

function report(path: string, ...tests: [status: string, fullName: string][]): void {
  const assertionResults = tests.map(([status, fullName]) => ({ status, fullName }));
  write(path, { testResults: [{ status: 'passed', assertionResults }] });
}

describe('the last lines of npm test', () => {
  test('count every report of every package that has tests', () => {
    report('packages/one/reports/vitest.json', ['passed', 'a'], ['passed', 'b']);
    report('tests/reports/vitest.json', ['passed', 'c'], ['skipped', 'real server [needs POCKET_IC_BIN] d']);
    report('tests/reports/vitest.tidy.json', ['passed', 'e'], ['todo', 'f'], ['skipped', 'g']);
    expect(summaryLines(countTests(root)).slice(-2)).toEqual([
      'tests: 4 passed, 0 failed, 3 skipped',
      'skipped: 1 because POCKET_IC_BIN names no PocketIC server; 1 because not written yet; 1 because "g" does not say why',
    ]);
  });

  test('say so when nothing was skipped', () => {
    report('packages/one/reports/vitest.json', ['passed', 'a']);
    report('tests/reports/vitest.json', ['failed', 'b']);
    expect(summaryLines(countTests(root)).slice(-2)).toEqual([
      'tests: 1 passed, 1 failed, 0 skipped',
      'skipped: nothing',
    ]);
  });

  test('what a failed hook kept from running has failed, and what says why it is skipped is skipped', () => {
    const tests = [
      ['skipped', 'a'],
      ['skipped', 'inner b'],
      ['skipped', 'c [needs ICP_CLI_BIN]'],
      ['passed', 'd'],
    ];
    const assertionResults = tests.map(([status, fullName]) => ({ status, fullName }));
    write('tests/reports/vitest.json', { testResults: [{ status: 'failed', assertionResults }] });
    report('packages/one/reports/vitest.json', ['passed', 'e']);
    expect(summaryLines(countTests(root)).slice(-2)).toEqual([
      'tests: 2 passed, 2 failed, 1 skipped',
      'skipped: 1 because ICP_CLI_BIN names no icp command',
    ]);
  });

  test('a file that does not load is a failure, and a package without a report is named', () => {
    write('tests/reports/vitest.json', { testResults: [{ status: 'failed', assertionResults: [] }] });
    const counts = countTests(root);
    expect(counts).toMatchObject({ failed: 1, missing: ['one'] });
    expect(summaryLines(counts).join('\n')).toContain('one: no report, so its tests did not run');
  });
});
