import { IDL } from '@dfinity/candid';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { candidProblem } from '../../src/candid-guard.ts';
import * as idl from '../../src/management/idl.ts';
import { decodeArgs } from '../../src/management/method.ts';
import { ALICE, p } from './subnet.ts';

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

const BOMBS: [name: string, message: Uint8Array][] = [
  ['four billion nulls', hex('4449444c 01 6d7f 01 00 ffffffff0f')],
  ['four billion nulls in a field that is skipped', hex('4449444c 02 6c01 ec00 01 6d7f 01 00 ffffffff0f')],
  ['four billion empty records', hex('4449444c 02 6d01 6c00 01 00 ffffffff0f')],
  ['reserved values', hex('4449444c 01 6d70 01 00 ffffffff0f')],
  ['records that double at every level', doubling(40)],
  ['a type that contains itself', hex('4449444c 01 6c01 0000 01 00')],
  ['endless opts', Uint8Array.from([...hex('4449444c 01 6e00 01 00'), ...new Uint8Array(100_000).fill(1)])],
  ['a type table without end', hex('4449444c ffffffff0f')],
  ['a vector longer than the message', hex('4449444c 01 6d7b 01 00 ffffffff0f')],
];

function doubling(levels: number): Uint8Array {
  const types = Array.from({ length: levels }, (_, i) => [0x6c, 2, 0, i + 1, 1, i + 1]).flat();
  return Uint8Array.from([...hex('4449444c'), levels + 1, ...types, 0x6c, 0, 1, 0]);
}

test.each(BOMBS)('refuses %s before decoding it', (_name, message) => {
  expect(candidProblem(message)).not.toBeNull();
  expect(decodeArgs(idl.CanisterIdArgs, message)).toMatchObject({
    ok: false,
    error: { rejectCode: 4, errorCode: 'IC0408', message: expect.stringMatching(/^Error decoding candid: /) },
  });
});

test('lets every management argument through, with fields of later specifications', () => {
  const later = IDL.Record({
    canister_id: IDL.Principal,
    settings: IDL.Record({
      controllers: IDL.Opt(IDL.Vec(IDL.Principal)),
      log_memory_limit: IDL.Opt(IDL.Nat),
      later: IDL.Opt(IDL.Vec(IDL.Text)),
    }),
    sender_canister_version: IDL.Opt(IDL.Nat64),
  });
  const value = {
    canister_id: p(ALICE),
    settings: { controllers: [[p(ALICE)]], log_memory_limit: [4096n], later: [['x']] },
    sender_canister_version: [7n],
  };
  const decoded = decodeArgs<idl.UpdateSettingsArgs>(
    idl.UpdateSettingsArgs,
    new Uint8Array(IDL.encode([later], [value])),
  );
  expect(decoded).toMatchObject({
    ok: true,
    value: { settings: { compute_allocation: [] }, sender_canister_version: [7n] },
  });
});

test('passes what @dfinity/candid encodes', () => {
  const type = IDL.Record({
    a: IDL.Vec(IDL.Record({ t: IDL.Text, n: IDL.Nat, i: IDL.Int })),
    b: IDL.Opt(IDL.Vec(IDL.Nat64)),
    c: IDL.Variant({ x: IDL.Null, y: IDL.Float64 }),
    d: IDL.Func([], [], []),
  });
  const record = fc.record(
    { t: fc.string({ unit: 'grapheme' }), n: fc.bigInt({ min: 0n, max: 2n ** 100n }), i: fc.bigInt() },
    { noNullPrototype: true },
  );
  const value = fc.record(
    {
      a: fc.array(record),
      b: fc
        .option(fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), { nil: undefined })
        .map((list) => (list === undefined ? [] : [list])),
      c: fc.oneof(
        fc.constant({ x: null }),
        fc.double().map((y) => ({ y })),
      ),
      d: fc.constant([p(ALICE), 'method']),
    },
    { noNullPrototype: true },
  );
  fc.assert(fc.property(value, (example) => candidProblem(new Uint8Array(IDL.encode([type], [example]))) === null));
});

test('never throws and never hangs on arbitrary bytes', () => {
  const message = fc.uint8Array({ maxLength: 60 }).map((bytes) => Uint8Array.from([...hex('4449444c'), ...bytes]));
  fc.assert(
    fc.property(message, (bytes) => {
      const started = performance.now();
      decodeArgs(idl.UploadSnapshotMetadataArgs, bytes);
      return performance.now() - started < 500;
    }),
    { numRuns: 5_000 },
  );
});

test('the message about a wrong type is the same each time', () => {
  const payload = new Uint8Array(
    IDL.encode([IDL.Record({ canister_id: IDL.Vec(IDL.Text) })], [{ canister_id: ['a'] }]),
  );
  const first = decodeArgs(idl.CanisterIdArgs, payload);
  expect(first).toMatchObject({ ok: false, error: { message: expect.stringContaining('type mismatch') } });
  expect(decodeArgs(idl.CanisterIdArgs, payload)).toEqual(first);
});
