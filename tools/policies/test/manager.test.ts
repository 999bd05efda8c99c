import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findManager } from '../src/shell/manager.ts';
import { canister } from './worlds.ts';

const [ONE, TWO] = [canister(1), canister(2)] as const;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policies-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, content: unknown): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), JSON.stringify(content));
}

const find = (network: string, ...named: (string | undefined)[]) => findManager(named, { network, folder });

describe('the manager', () => {
  test.each([
    ['ic', 'canister_ids.json', { 'backup-manager': { ic: ONE }, chat: { ic: TWO } }],
    ['local', '.dfx/local/canister_ids.json', { 'backup-manager': { local: ONE } }],
    ['ic', '.icp/data/mappings/ic.ids.json', { 'backup-manager': ONE, chat: TWO }],
    ['local', '.icp/cache/mappings/local.ids.json', { 'backup-manager': ONE }],
  ])('on %s is the one in %s', (network, path, content) => {
    write(path, content);
    expect(find(network)).toBe(ONE);
    expect(() => find('http://127.0.0.1:1')).toThrow(/Which manager\?/);
  });

  test('that is named counts before what was deployed, the first that is named first', () => {
    write('canister_ids.json', { 'backup-manager': { ic: ONE } });
    expect(find('ic', undefined, TWO)).toBe(TWO);
    expect(find('ic', ONE, TWO)).toBe(ONE);
    expect(() => find('ic', 'backup-manager')).toThrow(/takes the id of a canister/);
  });

  test('has to be named where dfx and icp have deployed different ones, and not where it is the same', () => {
    write('canister_ids.json', { 'backup-manager': { ic: ONE } });
    write('.icp/data/mappings/ic.ids.json', { 'backup-manager': ONE });
    expect(find('ic')).toBe(ONE);
    write('.icp/data/mappings/ic.ids.json', { 'backup-manager': TWO });
    expect(() => find('ic')).toThrow(`${ONE}, ${TWO}. Say which with --manager.`);
  });
});
