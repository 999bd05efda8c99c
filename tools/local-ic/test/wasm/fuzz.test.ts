import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prepareModule } from '../../src/wasm/index.ts';
import { assemble, IMPORTS } from './harness.ts';

/** One module with every section and many kinds of operators, so that a mutation has much to hit. */
const SEED = assemble(`(module
  (type $t (func (param i32) (result i32)))
  (import "ic0" "debug_print" (func $print (param i32 i32)))
  (memory (export "m") 1 10) (table 3 funcref) (elem (i32.const 0) $f) (elem $e func $f $g)
  (global $g1 (mut i32) (i32.const 3)) (global $g2 (export "x") f64 (f64.const 1.5))
  (data (i32.const 8) "hello") (data $p "passive") (start $s)
  (func $s) (func $g (param i32) (result i32) local.get 0 return_call $f)
  (func $f (type $t) (local i64 f32 v128)
    block (result i32) loop i32.const 5 local.get 0 br_if 1 drop end i32.const 300 i32.eqz end
    if (result i32) i32.const 1 else i32.const 0 i32.const 0 call_indirect (type $t) end
    drop i64.const -5 i64.extend8_s local.set 1 f32.const 2 f32.sqrt local.set 2
    i32.const 16 v128.load v128.const f32x4 1 2 3 4 f32x4.mul local.set 3
    i32.const 0 i32.const 0 i32.const 3 memory.init $p data.drop $p
    i32.const 0 i32.const 9 i32.const 3 memory.copy i32.const 0 table.get 0 drop
    i32.const 0 i32.const 2 call $print
    block block local.get 0 br_table 0 1 0 end end
    f32.const 3 i32.trunc_sat_f32_s)
  (func (export "canister_update u") i32.const 1 call $f drop)
  (func (export "canister_query q")))`);

function attempt(bytes: Uint8Array): boolean {
  const result = prepareModule(bytes, { imports: IMPORTS });
  if (result.ok) return true;
  expect(result.error.code).toBe('IC0505');
  expect(result.error.message.length).toBeGreaterThan(5);
  return false;
}

describe('broken input gives an error with a message, never an exception', () => {
  test('the seed itself is fine', () => {
    expect(prepareModule(SEED, { imports: IMPORTS })).toMatchObject({ ok: true });
  });

  test('cut off at any byte', () => {
    for (let length = 0; length < SEED.length; length += 1) attempt(SEED.slice(0, length));
  });

  test('any one byte set to any value', () => {
    let accepted = 0;
    for (let at = 0; at < SEED.length; at += 1) {
      for (let step = 1; step < 256; step += 29) {
        const bytes = SEED.slice();
        bytes[at] = (bytes[at] as number) ^ step;
        if (attempt(bytes)) accepted += 1;
      }
    }
    expect(accepted).toBeGreaterThan(50);
  });

  test('several mutations at once', () => {
    const edit = fc.tuple(
      fc.nat({ max: SEED.length - 1 }),
      fc.oneof(
        fc.record({ kind: fc.constant('set' as const), value: fc.nat({ max: 255 }) }),
        fc.record({ kind: fc.constant('insert' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }) }),
        fc.record({ kind: fc.constant('delete' as const), count: fc.integer({ min: 1, max: 6 }) }),
        fc.record({
          kind: fc.constant('copy' as const),
          from: fc.nat({ max: SEED.length - 1 }),
          count: fc.nat({ max: 40 }),
        }),
      ),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let bytes = [...SEED];
        for (const [at, change] of edits) {
          if (change.kind === 'set') bytes[at] = change.value;
          else if (change.kind === 'insert') bytes = [...bytes.slice(0, at), ...change.bytes, ...bytes.slice(at)];
          else if (change.kind === 'delete') bytes.splice(at, change.count);
          else bytes.splice(at, 0, ...bytes.slice(change.from, change.from + change.count));
        }
        attempt(Uint8Array.from(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test('random bytes, bare and behind a header', () => {
    const header = SEED.subarray(0, 8);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        attempt(bytes);
        attempt(Uint8Array.of(...header, ...bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test('random operators in a body of the right length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (code) => {
        const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];
        attempt(Uint8Array.of(...head, 10, code.length + 4, 1, code.length + 2, 0, ...code, 0x0b));
      }),
      { numRuns: 1500 },
    );
  });

  test('huge counts and sizes neither hang nor allocate', () => {
    const huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
    for (let id = 0; id <= 14; id += 1) {
      const payloads = [[...huge], [1, ...huge], [1, 0x60, ...huge], [1, 2, 1, ...huge, 0x7f], [1, 6, ...huge]];
      for (const payload of payloads) {
        attempt(Uint8Array.of(...SEED.subarray(0, 8), id, payload.length, ...payload));
        attempt(Uint8Array.of(...SEED.subarray(0, 8), id, ...huge, ...payload));
      }
    }
  });
});
