import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Binaryen } from '../src/binaryen.ts';
import { buildCanister } from '../src/build.ts';
import { ASK, bringGlobalTimer } from '../src/global-timer.ts';
import { exportNames } from '../src/wasm/read.ts';
import { AZLE, packageCopies } from './package-copy.ts';

const copies = packageCopies();
afterAll(() => copies.remove());

/** As azle's canister uses the three imports, its timer library included. */
const CANISTER = `(module
  (import "ic0" "time" (func $time (result i64)))
  (import "ic0" "global_timer_set" (func $set (param i64) (result i64)))
  (import "ic0" "is_controller" (func $is (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "set") (param i64) (result i64) (call $set (local.get 0)))
  (func (export "is") (param i32 i32) (result i32) (call $is (local.get 0) (local.get 1)))
  (func $ring (export "canister_global_timer") (drop (call $time))))`;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  set(at: bigint): bigint;
  is(at: number, size: number): number;
  canister_global_timer(): void;
}

const { Module, Instance, validate } = Reflect.get(globalThis, 'WebAssembly') as {
  Module: new (wasm: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
  validate(wasm: Uint8Array): boolean;
};

const TIME = 1_000n;

describe('the way to the global timer', () => {
  let binaryen: Binaryen & { parseText(text: string): { emitBinary(): Uint8Array } };
  let module: object;
  const ic = { timer: 0n, asked: [] as Uint8Array[] };
  let canister: Exports;

  beforeAll(async () => {
    const require = createRequire(pathToFileURL(join(AZLE, 'package.json')));
    ({ default: binaryen } = await import(pathToFileURL(require.resolve('binaryen')).href));
    module = new Module(bringGlobalTimer(binaryen, binaryen.parseText(CANISTER).emitBinary()));
  });

  function start(): void {
    [ic.timer, ic.asked] = [0n, []];
    const ic0 = {
      time: () => TIME,
      global_timer_set(at: bigint) {
        const before = ic.timer;
        ic.timer = at;
        return before;
      },
      is_controller(at: number, size: number) {
        ic.asked.push(new Uint8Array(canister.memory.buffer.slice(at, at + size)));
        return 1;
      },
    };
    canister = new Instance(module, { ic0 }).exports as Exports;
  }

  const is = (bytes: Uint8Array) => {
    new Uint8Array(canister.memory.buffer).set(bytes, 64);
    return canister.is(64, bytes.length) === 1;
  };

  /** What the IC does when the timer is due. */
  const ring = () => {
    ic.timer = 0n;
    canister.canister_global_timer();
  };

  test('finds nothing lost as long as the timer is what the canister set last', () => {
    start();
    expect([is(ASK.lost), is(ASK.none)]).toEqual([false, true]);
    expect(canister.set(5n)).toBe(0n);
    expect([is(ASK.lost), is(ASK.none), ic.timer]).toEqual([false, false, 5n]);
    expect(canister.set(7n)).toBe(5n);
    expect([is(ASK.lost), is(ASK.none), ic.timer]).toEqual([false, false, 7n]);
    ring();
    expect([is(ASK.lost), is(ASK.none), ic.timer]).toEqual([false, true, 0n]);
    expect(ic.asked).toEqual([]);
  });

  test.each([
    ['cleared, as by an upgrade in between', 0n],
    ['another one, as after a load of an older snapshot', 9n],
    ['another one of the same low word', 5n + (1n << 32n)],
  ])('finds a timer lost that was %s', (_, timer) => {
    start();
    canister.set(5n);
    ic.timer = timer;
    expect([is(ASK.lost), ic.timer]).toEqual([true, timer]);
  });

  test('finds a timer lost whose execution was undone', () => {
    start();
    canister.set(5n);
    ic.timer = 0n;
    expect([is(ASK.lost), is(ASK.none)]).toEqual([true, true]);
  });

  test('sets the timer so that it is due at once, and nothing is lost any more', () => {
    start();
    expect([is(ASK.wake), ic.timer, is(ASK.lost)]).toEqual([true, TIME, false]);
  });

  test('hands every other principal to the IC, byte by byte', () => {
    start();
    const question = ASK.lost;
    const changed = [...question.keys()].map((at) =>
      question.map((byte, index) => (index === at ? byte ^ 0x80 : byte)),
    );
    const others = [
      ...changed,
      question.map((byte, at) => (at === question.length - 2 ? 3 : byte)),
      question.subarray(0, -1),
      Uint8Array.of(...question, 0x7f),
      new Uint8Array(),
      Uint8Array.of(4),
      new Uint8Array(29).fill(0x7f),
    ];
    expect(others.every(is)).toBe(true);
    expect(ic.asked).toEqual(others);
    expect(ic.timer).toBe(0n);
  });

  test('a question at the end of memory is no reading past it', () => {
    start();
    const size = canister.memory.buffer.byteLength;
    expect(canister.is(size, 0)).toBe(1);
    new Uint8Array(canister.memory.buffer).set(ASK.wake, size - ASK.wake.length);
    expect(canister.is(size - ASK.wake.length, ASK.wake.length)).toBe(1);
    expect(ic.timer).toBe(TIME);
  });

  test('a module without the import is refused', () => {
    const lacking = binaryen.parseText('(module (func (export "canister_global_timer")))').emitBinary();
    expect(() => bringGlobalTimer(binaryen, lacking)).toThrow('does not import ic0.global_timer_set');
  });
});

describe('a package that asks for it', () => {
  async function asking(options: unknown): Promise<string> {
    const folder = await copies.copy();
    const path = join(folder, 'package.json');
    const json = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...json, 'canister-build': options }));
    return folder;
  }

  test('gets the same exports, valid, and the same bytes from another folder', async () => {
    const [plain, one, two] = await Promise.all([
      asking({ globalTimer: false }).then((folder) => buildCanister(folder)),
      asking({ globalTimer: true }).then((folder) => buildCanister(folder)),
      asking({ globalTimer: true }).then((folder) => buildCanister(folder)),
    ]);
    expect(one.sha256).toBe(two.sha256);
    expect(one.sha256).not.toBe(plain.sha256);
    const wasm = await readFile(one.wasmPath);
    expect(validate(wasm)).toBe(true);
    expect(exportNames(wasm)).toEqual(exportNames(await readFile(plain.wasmPath)));
  });

  test.each([[true], ['globalTimer'], [{ globalTimer: 'yes' }], [{ globaltimer: true }], [null]])(
    'is told what can be asked for if it writes %j',
    async (options) => {
      const failure = buildCanister(await asking(options));
      await expect(failure).rejects.toMatchObject({
        code: 'options_invalid',
        message: expect.stringMatching(/"globalTimer": true/),
      });
    },
  );
});
