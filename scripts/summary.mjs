// Counts every package's tests from the JSON reports that vitest leaves in <package>/reports/. A package that turbo took
// from its cache counts as its cached report. Run alone: `node scripts/summary.mjs`; exit 1 if a test failed or a package
// that has tests left no report.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFiles } from './lib/install.mjs';

/**
 * A test that may be skipped says in brackets what it needs: `describe.skipIf(...)('... [needs POCKET_IC_BIN]')`.
 * Here is what each of these needs means to a reader.
 */
const NEEDS = {
  POCKET_IC_BIN: 'POCKET_IC_BIN names no PocketIC server',
  ICP_CLI_BIN: 'ICP_CLI_BIN names no icp command',
  CHROMIUM_BIN: 'CHROMIUM_BIN names no Chromium',
  PROMTOOL_BIN: 'PROMTOOL_BIN names no promtool',
  PROC: 'this system has no /proc',
  SCRIPT: 'this system has no script command of util-linux',
  NPM_COMMANDS: 'npm run test:clients alone runs commands through npm',
};

/**
 * @typedef {{ name: string, passed: number, failed: number, skipped: number }} PackageCount
 * @param {string} root
 * @returns {{ packages: PackageCount[], missing: string[], passed: number, failed: number, skipped: number, reasons: Map<string, number> }}
 */
export function countTests(root) {
  const reasons = new Map();
  const missing = [];
  const packages = [];
  for (const file of packageFiles(root)) {
    const { name, scripts = {} } = JSON.parse(readFileSync(join(root, file), 'utf8'));
    if (dirname(file) === '.' || !scripts.test?.includes('vitest')) continue;
    const reports = reportsIn(join(root, dirname(file), 'reports'));
    if (reports.length === 0) missing.push(name);
    packages.push({ name, ...countReports(reports, reasons) });
  }
  const sum = (key) => packages.reduce((total, one) => total + one[key], 0);
  return { packages, missing, passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), reasons };
}

/** The reports of test runs in a package's `reports/`; other files there are somebody else's. */
function reportFiles(folder) {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => /^vitest.*\.json$/.test(file));
  return files.sort().map((file) => join(folder, file));
}

function reportsIn(folder) {
  return reportFiles(folder).map((file) => JSON.parse(readFileSync(file, 'utf8')));
}

export function removeReports(folder) {
  for (const file of reportFiles(folder)) rmSync(file);
}

function countReports(reports, reasons) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const file of reports.flatMap((report) => report.testResults)) {
    const failedBefore = count.failed;
    for (const test of file.assertionResults) {
      const reason = reasonOf(test);
      if (test.status === 'passed') count.passed += 1;
      // What a failed hook kept from running is reported as skipped, in a file that failed.
      else if (test.status === 'failed' || (file.status === 'failed' && reason === null)) count.failed += 1;
      else {
        count.skipped += 1;
        const why = reason ?? `"${test.fullName}" does not say why`;
        reasons.set(why, (reasons.get(why) ?? 0) + 1);
      }
    }
    // A file that does not even load has no tests to report, and must not look like success.
    if (file.status === 'failed' && count.failed === failedBefore) count.failed += 1;
  }
  return count;
}

/** Why a test did not run, as it says itself, or null. */
function reasonOf({ fullName, status }) {
  if (status === 'todo') return 'not written yet';
  const need = /\[needs ([A-Z0-9_]+)\]/.exec(fullName)?.[1];
  return need === undefined ? null : (NEEDS[need] ?? `${need} is not set`);
}

/** The last lines of `npm test`: a table, the counts alone on a line, and what was skipped and why. */
export function summaryLines({ packages, missing, passed, failed, skipped, reasons }) {
  const width = Math.max(...packages.map(({ name }) => name.length));
  const column = (number, word) => (number === 0 ? '' : `${String(number).padStart(6)} ${word}`);
  const table = packages.map(
    (one) =>
      `  ${one.name.padEnd(width)}${column(one.passed, 'passed')}${column(one.failed, 'failed')}${column(one.skipped, 'skipped')}`,
  );
  const why = [...reasons].map(([reason, count]) => `${count} because ${reason}`).join('; ');
  return [
    ...table,
    ...missing.map((name) => `  ${name}: no report, so its tests did not run`),
    '',
    `tests: ${passed} passed, ${failed} failed, ${skipped} skipped`,
    skipped === 0 ? 'skipped: nothing' : `skipped: ${why}`,
  ];
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const counts = countTests(resolve(dirname(fileURLToPath(import.meta.url)), '..'));
  process.stdout.write(`${summaryLines(counts).join('\n')}\n`);
  process.exitCode = counts.failed > 0 || counts.missing.length > 0 ? 1 : 0;
}
