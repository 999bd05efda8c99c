/**
 * Managers with a mistake in them that people make, to show that the checkers see it. Built here, never shipped. Each is
 * a change of the real sources; a change that no longer fits them is an error, not a manager without the mistake.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildCanister, type Rewrite } from '@canister-backup/canister-build';

interface Edit {
  /** End of the path of the file. */
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

export const KNOWN_BUGS = {
  /** A stop that fails ends the run, and nobody starts what may stop later. */
  forgotten_start: [
    {
      file: '/shared/dist/run/stop.js',
      find: 'else\n            startOrClose(draft);',
      put: 'else\n            draft.close();',
    },
  ],
  /** Each state of a run is written down when the next one comes, so that what was sent last is not in the journal. */
  journal_after_the_call: [
    {
      file: '/store/journal.ts',
      find: 'openRuns.insert(run.target, run);',
      put: 'openRuns.insert(run.target, newest.get(run.target) ?? run); newest.set(run.target, run);',
    },
    {
      file: '/store/journal.ts',
      find: 'return openRuns.get(canister);',
      put: 'return newest.get(canister) ?? openRuns.get(canister);',
    },
    {
      file: '/store/journal.ts',
      find: 'openRuns.remove(run.target);',
      put: 'openRuns.remove(run.target); newest.delete(run.target);',
    },
    {
      file: '/store/journal.ts',
      find: 'export function openRunOf',
      put: 'const newest = new Map<string, Run>();\n\nexport function openRunOf',
    },
  ],
  /** The oldest ones beyond what the policy keeps go before the new one is there. */
  pruning_before_recording: [
    {
      file: '/shared/dist/run/stop.js',
      find: 'sendTake(draft);',
      put: "{ draft.send('taking', pruned(draft)); sendTake(draft); }",
    },
    {
      file: '/shared/dist/run/stop.js',
      find: 'export function onStop(',
      put: `function pruned(draft) {
        const old = draft.catalog.filter((entry) => entry.state === 'complete');
        const ids = old.slice(0, Math.max(0, old.length + 1 - draft.run.keep)).map((entry) => entry.id);
        return ids.map((snapshot) => ({ name: 'delete', snapshot }));
      }
      export function onStop(`,
    },
  ],
  /** The naive `finally { start }`: what starts the target again is code after an await, which a trap throws away. */
  finally_start: [
    { file: '/runs/driver.ts', find: "feed(session, run, { kind: 'begin' });", put: 'void naive(session, run);' },
    {
      file: '/runs/driver.ts',
      find: '/** Feeds all open runs the same event',
      put: `${readFileSync(new URL('../known-bugs/naive.txt', import.meta.url), 'utf8')}
/** Feeds all open runs the same event`,
    },
    {
      file: '/runs/driver.ts',
      find: 'for (const run of openRunList()) soon(',
      put: 'for (const run of [] as Run[]) soon(',
    },
  ],
  /** Defect 2 of docs/simulation.md: nothing watches over runs whose recovery traps. */
  unwatched_recovery: [
    {
      file: '/runs/driver.ts',
      find: 'soon(() => feed(new Session(), run, event));\n  watchdog.setAtMost(earliestWatch());',
      put: 'soon(() => feed(new Session(), run, event));',
    },
  ],
  /** Defect 3: the answer to the stop is taken as a proof that the target is stopped when the snapshot is taken. */
  unproven_take: [
    { file: '/shared/dist/run/proof.js', find: "if (statusAtTake !== 'stopped')", put: 'if (!run.stopProven)' },
    { file: '/shared/dist/run/proof.js', find: 'return versionStarted ===', put: 'return true || versionStarted ===' },
  ],
  /** Calls that belong to no run leave whether or not runs need their cycles. */
  unbudgeted_calls: [
    {
      file: '/runs/budget.ts',
      find: 'return refuseCalls(wanted, { ...(await budget()), inFlight: [...inFlight], now: now() });',
      put: 'return undefined;',
    },
  ],
  /** A manager whose timer the IC lost is not woken by any call. */
  sleeping_alarm: [{ file: '/api/guard.ts', find: "if ('update' in method) wake();", put: '' }],
  /** What was taken under an older policy is replaced like any other: a minute policy empties a history in minutes. */
  hasty_deletions: [
    { file: '/shared/dist/policy/deletions.js', find: 'if (every !== undefined)', put: 'if (false)' },
    { file: '/shared/dist/policy/deletions.js', find: 'one.every !== undefined);', put: 'false);' },
  ],
} as const satisfies Record<string, readonly Edit[]>;

export type KnownBug = keyof typeof KNOWN_BUGS;
export const KNOWN_BUG_NAMES = Object.keys(KNOWN_BUGS) as KnownBug[];

/** The gzipped Wasm of the manager with this mistake. */
export async function buildManagerWith(bug: KnownBug): Promise<Uint8Array> {
  const edits: readonly Edit[] = KNOWN_BUGS[bug];
  const done = new Set<Edit>();
  const rewrite: Rewrite = (path, source) =>
    edits
      .filter(({ file }) => path.endsWith(file))
      .reduce((text, edit) => {
        done.add(edit);
        return replaceOnce(text, edit);
      }, source);
  const did = createRequire(import.meta.url).resolve('@canister-backup/backup-manager/did');
  const dist = mkdtempSync(join(tmpdir(), 'manager-with-a-known-bug-'));
  try {
    const { gzipPath } = await buildCanister(dirname(dirname(did)), { dist, rewrite });
    const missing = edits.filter((edit) => !done.has(edit));
    if (missing.length > 0) throw new Error(`${bug}: no such file: ${missing.map(({ file }) => file).join(', ')}`);
    return new Uint8Array(readFileSync(gzipPath));
  } finally {
    rmSync(dist, { recursive: true });
  }
}

function replaceOnce(text: string, { file, find, put }: Edit): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, and not once: ${find}`);
  return parts.join(put);
}
