import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { IDL } from '@dfinity/candid';
import { expect, test } from 'vitest';
import { CHAT, MANAGER } from '../src/net/network.ts';

const require = createRequire(import.meta.url);

/** What the IC itself calls, or reads. */
const LIFECYCLE = [
  'memory',
  'canister_init',
  'canister_pre_upgrade',
  'canister_post_upgrade',
  'canister_global_timer',
  'canister_inspect_message',
];

/** `WebAssembly` without the DOM's types. */
interface Wasm {
  readonly Module: { new (bytes: Uint8Array): object; exports(module: object): { readonly name: string }[] };
}
const { Module } = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;

/** The first column of SECURITY.md's table of exports. */
function explained(): string[] {
  const text = readFileSync(new URL('../../../SECURITY.md', import.meta.url), 'utf8');
  const table = text.split(/^\| Export +\| .*\n.*\n/m)[1]?.split('\n\n')[0] ?? '';
  return [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);
}

test.each<[string, IDL.ServiceClass]>([
  ['@canister-backup/chat', CHAT],
  ['@canister-backup/backup-manager', MANAGER],
])('%s offers what its interface says, and beyond that only what SECURITY.md explains', (name, service) => {
  const exports = Module.exports(new Module(new Uint8Array(readFileSync(require.resolve(`${name}/wasm`)))));
  const methods = exports
    .map((one) => one.name)
    .filter((one) => !LIFECYCLE.includes(one))
    .map((one) => one.replace(/^canister_(?:update|query|composite_query) /, ''));
  const declared = service._fields.map(([method]) => method);
  expect(methods.sort()).toEqual([...declared, ...explained()].sort());
});
