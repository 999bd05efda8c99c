/** The file of `export`: whole, private, and not read again if a bit of it changed. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_POLICY, joinItems, readState, writeItem, writePolicy } from '@canister-backup/shared';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readStateFile, readStateText, type State, stateText, writeState } from '../src/state/file.ts';
import { chunksOf } from '../src/state/transfer.ts';
import { canister } from './worlds.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'state-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const target = (number: number) =>
  writeItem({
    kind: 'target',
    canister: canister(number),
    registered: { policy: writePolicy(DEFAULT_POLICY), registeredAt: 1n, next: 2n },
    snapshots: [],
  });
const manager = writeItem({ kind: 'manager', manager: canister(99), at: 5n, runs: 3n, publicHttp: false });
const items = (...texts: string[]) => texts.map((text) => JSON.parse(text) as unknown);
const state: State = {
  manager: canister(99),
  network: 'ic',
  exported_at: '2026-01-01T00:00:00.000Z',
  items: items(manager, target(1), target(2)),
};
const codeOf = (work: () => unknown) => {
  try {
    work();
    return 'nothing';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a file with a state', () => {
  test('is read as it was written, by its owner alone, and leaves nothing beside it', () => {
    const path = join(folder, 'state.json');
    writeState(path, state);
    expect(readStateFile(path)).toMatchObject(state);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['state.json']);
  });

  test('is never written over another, nor where there is no folder', () => {
    const path = join(folder, 'state.json');
    writeFileSync(path, 'older');
    expect(codeOf(() => writeState(path, state))).toBe('file_exists');
    expect(readFileSync(path, 'utf8')).toBe('older');
    expect(codeOf(() => writeState(join(folder, 'no', 'state.json'), state))).toBe('file_not_written');
  });

  const codeOfBytes = (bytes: Buffer) => codeOf(() => readStateText(bytes.toString(), 'state.json'));
  const flipped = (whole: Buffer, bit: number) => {
    const bytes = Buffer.from(whole);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    return bytes;
  };

  test('is refused with any bit of it flipped, and with any end of it missing', () => {
    const small = Buffer.from(stateText({ ...state, items: items(manager) }));
    const whole = Buffer.from(stateText(state));
    const damaged = [
      ...Array.from({ length: small.length * 8 }, (_, bit) => flipped(small, bit)),
      ...Array.from({ length: whole.length }, (_, at) => flipped(whole, at * 8 + (at % 8))),
      ...Array.from({ length: small.length }, (_, length) => small.subarray(0, length)),
    ];
    expect(codeOfBytes(whole)).toBe('nothing');
    const codes = new Set(damaged.map(codeOfBytes));
    expect([...codes].sort()).toEqual(['invalid_state', 'state_damaged']);
  });
});

describe('the chunks of an import', () => {
  test('have targets first, at most fifty items each, and all of them', () => {
    const many = Array.from({ length: 120 }, (_, at) => target(at));
    const chunks = chunksOf(items(manager, ...many)).map((chunk) => readState(Buffer.from(chunk).toString()));
    const sizes = chunks.map((chunk) => ('Ok' in chunk ? chunk.Ok.length : 0));
    expect(sizes).toEqual([50, 50, 21]);
    const last = chunks.at(-1)!;
    expect('Ok' in last && last.Ok.at(-1)?.kind).toBe('manager');
    expect(joinItems([manager])).toContain('"version":1');
  });
});
