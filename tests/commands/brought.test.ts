/** What the commands bring from the npm registry is what the repository names, each time that it is used. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pack, type Registry, sha512, startRegistry } from './registry.ts';

interface Pin {
  readonly name: string;
  readonly version: string;
  readonly sha512: string;
}
interface Brought {
  readonly bring: (options: Record<string, unknown>) => Promise<void>;
  readonly isWhole: (folder: string, pin: Pin) => boolean;
}

// Plain scripts without types: they have to run where nothing is installed.
const script = new URL('../../scripts/lib/brought.mjs', import.meta.url).href;
const { bring, isWhole } = (await import(script)) as Brought;

const GOOD = pack('the right one');
const OTHER = pack('another one');
const PIN: Pin = { name: 'thing', version: '1.0.0', sha512: sha512(GOOD) };

let root: string;
let registry: Registry;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'brought-'));
  registry = await startRegistry(root);
});
afterAll(async () => {
  await registry.stop();
  rmSync(root, { recursive: true });
});

const get = (folder: string) => bring({ folder, pin: PIN, env: registry.env, exit: 4, title: 'thing' });
const says = (folder: string) =>
  spawnSync(join(folder, 'node_modules/.bin/thing'), { encoding: 'utf8' }).stdout?.trim();
const left = (folder: string) => readdirSync(join(folder, '..'));

test('another package than is named is refused and removed, at the next command too', async () => {
  const folder = join(root, 'lying/tools');
  registry.serve(OTHER);
  for (const _ of ['the first command', 'the next one']) {
    await expect(get(folder)).rejects.toMatchObject({
      code: 4,
      details: [`expected sha512 ${sha512(GOOD)}`, `received sha512 ${sha512(OTHER)}`],
    });
    expect(left(folder)).toEqual([]);
  }
});

test('a fetch that is torn off leaves nothing that would be used', async () => {
  const folder = join(root, 'torn/tools');
  registry.serve(GOOD);
  registry.tear(true);
  await expect(get(folder)).rejects.toMatchObject({ code: 4, message: expect.stringContaining('npm ping') });
  registry.tear(false);
  expect(left(folder)).toEqual([]);
});

test('what was brought is used without the network, and brought again after any change of it', async () => {
  const folder = join(root, 'whole/tools');
  registry.serve(GOOD);
  await get(folder);
  expect(says(folder)).toBe('the right one');
  registry.asked.length = 0;
  await get(folder);
  expect(registry.asked).toEqual([]);

  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => !path.includes('.bin') && statSync(path).isFile());
  expect(files.length).toBeGreaterThan(4);
  for (const file of files) {
    const bytes = readFileSync(file);
    for (const at of [0, bytes.length - 1]) {
      writeFileSync(
        file,
        bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)),
      );
      expect(isWhole(folder, PIN), `a bit of byte ${at} of ${file}`).toBe(false);
    }
    writeFileSync(file, bytes);
    rmSync(file);
    expect(isWhole(folder, PIN), `without ${file}`).toBe(false);
    writeFileSync(file, bytes);
    chmodSync(file, file.endsWith('run.js') ? 0o755 : 0o644);
    expect(isWhole(folder, PIN), file).toBe(true);
  }
  chmodSync(join(folder, 'node_modules/thing/run.js'), 0o644);
  expect(isWhole(folder, PIN), 'may not be run').toBe(false);
  writeFileSync(join(folder, 'node_modules/thing/lib/more.js'), '');
  expect(isWhole(folder, { ...PIN, version: '1.0.1' }), 'another version').toBe(false);

  writeFileSync(join(folder, 'node_modules/thing/lib/word.js'), 'module.exports = "changed";');
  await get(folder);
  expect(says(folder)).toBe('the right one');
  expect(existsSync(join(folder, 'node_modules/thing/lib/more.js'))).toBe(false);
});
