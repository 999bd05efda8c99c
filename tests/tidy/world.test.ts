import { describe, expect, test } from 'vitest';
import { read, repositoryFiles } from './files.ts';
import { withoutComments } from './imports.ts';

/** Ways to reach the world outside: clocks, timers, chance, networks, processes. */
const WORLD = [
  /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)/,
  /\bMath\.random\b|\bgetRandomValues\b|\brandomUUID\b/,
  /\b(?:set|clear)(?:Timeout|Interval|Immediate)\s*\(|\bperformance\s*\.\s*now\b|\bhrtime\b/,
  /\bfetch\s*\(|\bprocess\s*\.|\bglobalThis\s*\./,
];
/** The same through a module; of `node:crypto`, hashing is pure. */
const WORLDLY_MODULES = [
  /['"]node:(?:fs|net|http|https|child_process|os|timers|dgram|worker_threads|process)(?:\/[^'"]*)?['"]/,
  /import\s+(?!\{\s*createHash\s*\})[^;]*['"]node:crypto['"]/,
];

/** Where the world is let in, and for whom. Everything else of these packages gets time and chance as arguments. */
const RULES: readonly { readonly of: RegExp; readonly except: RegExp; readonly because: string }[] = [
  {
    of: /^tools\/local-ic\/src\//,
    except: /^tools\/local-ic\/src\/(?:env|bin)\//,
    because: 'equal runs must give equal states; only the servers live in real time',
  },
  {
    of: /^packages\/(?:chat|backup-manager)\/src\//,
    except: /\/src\/platform(?:\/|\.ts$)/,
    because: "a canister's time, timers and log come from one folder, so that the rest can be tested without an IC",
  },
  { of: /^packages\/shared\/src\//, except: /^$/, because: 'shared is pure' },
];

function worldly(source: string): string[] {
  const lines = withoutComments(source).split('\n');
  return lines.flatMap((line, index) => {
    const code = line.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`$]*`/g, "''");
    const found = WORLD.some((way) => way.test(code)) || WORLDLY_MODULES.some((way) => way.test(line));
    return found ? [`${index + 1}: ${line.trim()}`] : [];
  });
}

describe('the world is an argument', () => {
  const sources = repositoryFiles().filter((path) => path.endsWith('.ts'));
  test.each(RULES)('$because', ({ of, except }) => {
    const files = sources.filter((path) => of.test(path) && !except.test(path));
    expect(files.flatMap((path) => worldly(read(path)).map((line) => `${path}:${line}`))).toEqual([]);
  });
});

test('the checker knows the world when it sees it, and leaves data alone', () => {
  for (const line of [
    'Date.now()',
    'new Date()',
    'setTimeout(f, 1)',
    "import fs from 'node:fs/promises'",
    "import { randomBytes } from 'node:crypto'",
    'fetch(url)',
  ]) {
    expect(worldly(line), line).toHaveLength(1);
  }
  for (const line of [
    'new Date(nanos)',
    'timer.setTimer(1)',
    '// Date.now()',
    "import { gunzipSync } from 'node:zlib'",
  ]) {
    expect(worldly(line), line).toEqual([]);
  }
});
