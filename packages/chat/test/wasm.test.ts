import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCanister, customSections, exportNames } from '@canister-backup/canister-build';
import { afterAll, beforeAll, expect, test } from 'vitest';

const HERE = fileURLToPath(new URL('..', import.meta.url));
let elsewhere: string;

beforeAll(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), 'chat-'));
  for (const path of ['package.json', 'chat.did', 'src']) {
    await cp(join(HERE, path), join(elsewhere, path), { recursive: true });
  }
  await symlink(join(HERE, 'node_modules'), join(elsewhere, 'node_modules'));
});

afterAll(() => rm(elsewhere, { recursive: true, force: true }));

test('the Wasm is the same from another folder', async () => {
  const { sha256 } = await buildCanister(elsewhere);
  expect(
    createHash('sha256')
      .update(await built())
      .digest('hex'),
  ).toBe(sha256);
});

test('the Wasm exports the three methods, the life cycle, and the timer executor that refuses all but itself', async () => {
  expect(exportNames(await built())).toEqual([
    'canister_global_timer',
    'canister_init',
    'canister_post_upgrade',
    'canister_query dump',
    'canister_update <ic-cdk internal> timer_executor',
    'canister_update append',
    'canister_update remove_spam',
    'memory',
  ]);
});

test('the Wasm carries the commented interface', async () => {
  const candid = customSections(await built()).get('icp:public candid:service');
  expect(new TextDecoder().decode(candid)).toBe(await readFile(join(HERE, 'chat.did'), 'utf8'));
});

function built(): Promise<Buffer> {
  return readFile(join(HERE, 'dist/chat.wasm'));
}
