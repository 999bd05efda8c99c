import { describe, expect, test } from 'vitest';
import { read, repositoryFiles } from './files.ts';

const files = repositoryFiles().filter((path) => !/\.(?:wasm|gz|png|ico)$/.test(path));
const own = 'tests/tidy/hygiene.test.ts';

function linesWith(pattern: RegExp, except: (path: string) => boolean = () => false): string[] {
  return files
    .filter((path) => path !== own && !except(path))
    .flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])),
    );
}

describe('what a repository should not tell', () => {
  test('no path of somebody’s machine', () => {
    expect(linesWith(/(?:^|[\s"'`(=:])\/(?:root|home|Users|work|private)\/[\w.-]+/)).toEqual([]);
  });

  test('no host of a package registry: everyone uses their own', () => {
    expect(linesWith(/registry\.npmjs\.org|registry\.yarnpkg\.com|npm\.pkg\.github\.com|\btarball:\s*http/)).toEqual(
      [],
    );
  });

  test('no private key and no token', () => {
    expect(linesWith(/-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:npm|ghp|gho)_[A-Za-z0-9]{30,}/)).toEqual([]);
  });
});

describe('what a test suite should not do', () => {
  const isTest = (path: string) => /\.test\.ts$/.test(path);

  test('no test is left out or run alone by hand: skips name what they need', () => {
    const pattern = /\b(?:test|it|describe)\.(?:only|skip|fails)\b/;
    expect(linesWith(pattern, (path) => !isTest(path))).toEqual([]);
  });

  test('no test is repeated until it passes', () => {
    expect(linesWith(/\bretry:\s*[1-9]/)).toEqual([]);
  });
});

describe('what is said to users', () => {
  test.each([
    ['error code', 'packages/shared/src/errors/registry.ts', /^ {2}([a-z_]+): \(c/gm],
    ['kind of history entry', 'packages/shared/src/history/chain.ts', /^ {2}\| '([a-z_]+)'/gm],
  ])('no %s is listed that nothing gives', (_, list, pattern) => {
    const sources = files.filter((path) => /^packages\/[^/]+\/src\//.test(path) && path !== list).map(read);
    const words = [...read(list).matchAll(pattern)].map(([, word]) => word!);
    expect(words.length).toBeGreaterThan(10);
    expect(words.filter((word) => !sources.some((source) => source.includes(`'${word}'`)))).toEqual([]);
  });
});

/** Longer than this, a file has more than one subject. */
const MOST_LINES = 400;
const LONGER: Readonly<Record<string, string>> = {
  LICENSE: 'not ours to shorten',
  'pnpm-lock.yaml': 'written by pnpm',
  'packages/backup-manager/backup-manager.did': 'one interface is one file, and half of it is comments',
  'tools/local-ic/src/wasm/scan.ts':
    'one pass over every operator of WebAssembly, whose state is local to it for speed',
};

describe('sizes', () => {
  test(`no file has more than ${MOST_LINES} lines without a reason`, () => {
    const long = files.filter((path) => read(path).split('\n').length > MOST_LINES + 1 && LONGER[path] === undefined);
    expect(long).toEqual([]);
  });

  test('each reason is still needed', () => {
    const short = Object.keys(LONGER).filter(
      (path) => !files.includes(path) || (path !== 'LICENSE' && read(path).split('\n').length <= MOST_LINES),
    );
    expect(short).toEqual([]);
  });
});
