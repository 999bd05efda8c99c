import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLocalIc, type LocalIc, loadLocalIc, type PrincipalText } from '../../src/index.ts';
import { COUNTERS, counters, deploy, load, query, take, update, wat } from './harness.ts';

type Step = 'bump' | 'trap' | 'wake' | 'tick' | 'later' | 'take' | 'load' | 'query';
const step = fc.constantFrom<Step>('bump', 'trap', 'wake', 'tick', 'later', 'take', 'load', 'query');

/** Does one thing; whatever it answers, the state afterwards must follow from the state before. */
function play(ic: LocalIc, id: PrincipalText, what: Step): void {
  if (what === 'bump' || what === 'trap' || what === 'wake') update(ic, id, what);
  if (what === 'tick') ic.tick();
  if (what === 'later') ic.setTime(ic.time() + 2_000_000_000n);
  if (what === 'query') query(ic, id, 'bump_in_query');
  const snapshots = ic.canister(id)?.snapshots ?? [];
  if (what === 'take' && snapshots.length < 10) take(ic, id);
  if (what === 'load' && snapshots[0] !== undefined) load(ic, id, snapshots[0].id);
}

function fresh(): { readonly ic: LocalIc; readonly id: PrincipalText } {
  const ic = createLocalIc({ rateLimits: false });
  return { ic, id: deploy(ic, COUNTERS) };
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

it("canisters that are there from the beginning run, and are nobody's", () => {
  const [id, cycles] = ['ryjl3-tyaaa-aaaaa-aaaba-cai' as PrincipalText, 10n ** 15n];
  const canister = { id, wasm: wat(COUNTERS), argument: 'none', cycles, controllers: [] } as const;
  const ic = createLocalIc({ canisters: [canister] });
  update(ic, id, 'bump');
  expect(ic.canister(id)).toMatchObject({ status: 'running', controllers: [] });
  expect(ic.canisterIds()).toEqual([id]);
  expect(() => createLocalIc({ canisters: [canister, canister] })).toThrow(/ryjl3.*already exists/);
});

describe('foundation 1: the state is plain data', () => {
  it('run, save, load, run gives the same as run', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.array(step, { maxLength: 12 }), (before, after) => {
        const { ic, id } = fresh();
        for (const what of before) play(ic, id, what);
        const loaded = loadLocalIc(ic.save());
        expect(hex(loaded.digest())).toBe(hex(ic.digest()));
        for (const what of after) {
          play(ic, id, what);
          play(loaded, id, what);
        }
        expect(hex(loaded.digest())).toBe(hex(ic.digest()));
      }),
      { numRuns: 25 },
    );
  });

  it('a fork goes its own way and leaves the other where it was', () => {
    const { ic, id } = fresh();
    update(ic, id, 'bump');
    const digest = hex(ic.digest());
    const fork = ic.fork();
    update(fork, id, 'bump');
    update(fork, id, 'bump');
    expect(hex(ic.digest())).toBe(digest);
    expect(counters(query(ic, id, 'show'))).toEqual([1, 1, 1]);
    expect(counters(query(fork, id, 'show'))).toEqual([3, 3, 3]);
  });

  it('a checkpoint brings everything back, as often as wanted', () => {
    const { ic, id } = fresh();
    update(ic, id, 'bump');
    const checkpoint = ic.checkpoint();
    const digest = hex(ic.digest());
    for (let time = 0; time < 2; time += 1) {
      update(ic, id, 'bump');
      take(ic, id);
      ic.restore(checkpoint);
      expect(hex(ic.digest())).toBe(digest);
      expect(counters(query(ic, id, 'show'))).toEqual([1, 1, 1]);
    }
  });

  it('the same seed and inputs give the same state in two instances', () => {
    const digests = [fresh(), fresh()].map(({ ic, id }) => {
      for (const what of ['bump', 'wake', 'later', 'tick', 'take', 'trap'] as const) play(ic, id, what);
      return hex(ic.digest());
    });
    expect(digests[0]).toBe(digests[1]);
  });
});

/** 16 MiB of memory filled with something; each `touch` changes one page. */
const LARGE = `(module
  (import "ic0" "msg_reply" (func $reply))
  (memory 256)
  (func (export "canister_init") (local $i i32)
    (loop $next
      (i32.store (local.get $i) (i32.add (local.get $i) (i32.const 1)))
      (local.set $i (i32.add (local.get $i) (i32.const 64)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 16777216)))))
  (func (export "canister_update touch")
    (i32.store (i32.const 8192) (i32.add (i32.load (i32.const 8192)) (i32.const 1)))
    (call $reply)))`;

describe('foundation 2: pages are immutable and shared', () => {
  it('a commit counts the 4 KiB pages that it changed', () => {
    const ic = createLocalIc({ rateLimits: false });
    const id = deploy(ic, LARGE);
    ic.submit({ sender: '2vxsx-fae' as PrincipalText, canisterId: id, method: 'touch', payload: new Uint8Array(0) });
    expect(ic.tick().changedPages).toBe(1);
    expect(ic.tick().changedPages).toBe(0);
  });

  it('ten snapshots of a canister that hardly changed cost less than two', () => {
    const ic = createLocalIc({ rateLimits: false });
    const id = deploy(ic, LARGE);
    const one = ic.heldBytes().pageBytes;
    for (let count = 0; count < 10; count += 1) {
      take(ic, id);
      update(ic, id, 'touch');
    }
    expect(ic.canister(id)?.snapshots.length).toBe(10);
    expect(one).toBeGreaterThan(16_000_000);
    expect(ic.heldBytes().pageBytes).toBeLessThan(2 * one);
  });
});
