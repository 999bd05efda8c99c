import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltCanister, buildCanister } from '../src/build.ts';
import { customSections, exportNames } from '../src/wasm/read.ts';
import { packageCopies } from './package-copy.ts';

const copies = packageCopies();
afterAll(() => copies.remove());

describe('a built canister', () => {
  let folder: string;
  let built: BuiltCanister;
  let wasm: Buffer;

  beforeAll(async () => {
    folder = await copies.copy();
    built = await buildCanister(folder);
    wasm = await readFile(built.wasmPath);
  });

  test('exports its methods, its life cycle, and nothing of azle but the timer executor', () => {
    expect(exportNames(wasm)).toEqual([
      'canister_global_timer',
      'canister_init',
      'canister_post_upgrade',
      'canister_query read',
      'canister_query secret',
      'canister_update <ic-cdk internal> timer_executor',
      'canister_update add',
      'memory',
    ]);
  });

  test('carries its hand-written interface, byte by byte, and the version of azle', async () => {
    const sections = customSections(wasm);
    const did = await readFile(join(folder, 'counter.did'));
    expect(Buffer.from(sections.get('icp:public candid:service')!)).toEqual(did);
    expect(Buffer.from(sections.get('icp:public cdk:version')!).toString()).toBe('azle 0.33.0');
    expect([...sections.keys()].filter((name) => name.startsWith('icp:'))).toHaveLength(2);
  });

  test('names no folder of the machine it was built on', () => {
    for (const folderName of ['node_modules', basename(join(folder, '..')), process.cwd()]) {
      expect(wasm.includes(folderName)).toBe(false);
    }
  });

  test('is written with its interface and a compressed copy to dist, and nowhere else', async () => {
    expect((await readdir(folder)).sort()).toEqual(['counter.did', 'dist', 'node_modules', 'package.json', 'src']);
    expect((await readdir(join(folder, 'dist'))).sort()).toEqual(['counter.did', 'counter.wasm', 'counter.wasm.gz']);
    expect(gunzipSync(await readFile(built.gzipPath)).equals(wasm)).toBe(true);
  });

  test('has the same bytes from a deeper folder, and others once a source differs', async () => {
    const other = await copies.copy(3);
    expect((await buildCanister(other)).sha256).toBe(built.sha256);
    await writeFile(join(other, 'src/start.ts'), 'export const start = 8n;\n');
    expect((await buildCanister(other)).sha256).not.toBe(built.sha256);
  });
});

describe('mistakes', () => {
  test.each([
    ['a file that is not there', "import './absent.ts';\nexport default class {}\n", 'bundle_failed', /absent\.ts/],
    ['a module of Node', "import 'node:fs';\nexport default class {}\n", 'bundle_failed', /node:fs/],
    ['no class', 'export default 5;\n', 'entry_failed', /src\/index\.ts/],
    ['a throw at top level', "throw new Error('too early');\n", 'entry_failed', /too early/],
    [
      'the IC at top level',
      "import { time } from 'azle';\nif (time() < 5n) throw 'no time';\nexport default 5;\n",
      'entry_failed',
      /at build time/,
    ],
  ])('%s', async (_, source, code, message) => {
    const folder = await copies.copy();
    await writeFile(join(folder, 'src/index.ts'), source);
    const failure = buildCanister(folder);
    await expect(failure).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await readdir(folder)).not.toContain('dist');
  });

  test('an interface that differs from the code', async () => {
    const folder = await copies.copy();
    await writeFile(join(folder, 'counter.did'), 'service : { add : (nat) -> (nat); gone : () -> () }');
    await expect(buildCanister(folder)).rejects.toMatchObject({
      code: 'did_differs',
      message: [
        'counter.did and the code do not say the same',
        '  method add, result 1: nat in counter.did, record in the code',
        '  method gone: missing in the code',
        '  method read: missing in counter.did',
      ].join('\n'),
    });
  });

  test('an azle whose build steps are not known', async () => {
    const folder = await copies.copy();
    const azle = join(folder, 'node_modules/azle');
    await rm(azle);
    await mkdir(azle);
    await writeFile(join(azle, 'package.json'), JSON.stringify({ name: 'azle', version: '0.34.1', main: 'index.js' }));
    await writeFile(join(azle, 'index.js'), '');
    await expect(buildCanister(folder)).rejects.toMatchObject({
      code: 'azle_version',
      message: expect.stringMatching(/^azle 0\.34\.1 is installed: pin azle to 0\.33\.0/),
    });
  });

  test('an interface that is not Candid', async () => {
    const folder = await copies.copy();
    const written = async (did: string) => {
      await writeFile(join(folder, 'counter.did'), did);
      return buildCanister(folder);
    };
    await expect(written('service : { add : (nat) -> (natt) }')).rejects.toMatchObject({
      code: 'did_invalid',
      message: expect.stringMatching(/counter\.did is not valid Candid: .*natt/),
    });
    await expect(written('// zażółć\nservice : { add : (nat) - (nat) }')).rejects.toMatchObject({
      code: 'did_invalid',
      message: expect.stringMatching(/line 2, column 25/),
    });
  });
});
