/** Canisters as the Motoko compiler makes them, from source to the same rules. */
import { IDL } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';
import { beforeAll, expect } from 'vitest';
import { type Ic, STRANGER, statusOf } from '../harness/ic.ts';
import { motoko } from '../harness/motoko.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';

let counter: Uint8Array;
beforeAll(() => {
  counter = motoko('Counter');
});

type Types = readonly [arguments_: IDL.Type[], results: IDL.Type[]];
const METHODS = {
  increment: [[], [IDL.Nat]],
  read: [[], [IDL.Nat, IDL.Nat]],
  ticked: [[], [IDL.Nat]],
  trap: [[], []],
  fail: [[], []],
  trapAfterAwait: [[], []],
  tryTrap: [[], [IDL.Text]],
  caught: [[IDL.Principal], [IDL.Text]],
  tick: [[IDL.Nat], [IDL.Nat]],
  tickOnce: [[IDL.Nat], [IDL.Nat]],
  cancel: [[IDL.Nat], []],
  fill: [[IDL.Nat], [IDL.Nat]],
  size: [[], [IDL.Nat]],
  whoami: [[], [IDL.Principal]],
} satisfies Record<string, Types>;
type Name = keyof typeof METHODS;
const QUERIES: readonly Name[] = ['read', 'ticked', 'size'];

/** Calls a method with Candid; the results as they come. */
async function ask(ic: Ic, id: Principal, name: Name, ...values: unknown[]): Promise<unknown[]> {
  const [inputs, outputs]: Types = METHODS[name];
  const argument = new Uint8Array(IDL.encode(inputs, values));
  const answer = QUERIES.includes(name) ? await ic.query(id, name, argument) : await ic.call(id, name, argument);
  return IDL.decode(outputs, new Uint8Array(answer));
}

const start = (count: bigint) => new Uint8Array(IDL.encode([IDL.Nat], [count]));
const deploy = (ic: Ic, count = 0n) => ic.deploy(counter, { arg: start(count) });

conformance('Motoko', (rule) => {
  rule('a canister counts, from its argument on', async (ic) => {
    const id = await deploy(ic, 40n);
    expect(await ask(ic, id, 'increment')).toEqual([41n]);
    expect(await ask(ic, id, 'increment')).toEqual([42n]);
    expect(await ask(ic, id, 'read')).toEqual([42n, 2n]);
  });

  rule('a failed assertion rolls back; a thrown error does not, and arrives as a reject', async (ic) => {
    const id = await deploy(ic);
    const trapped = await rejectOf(ask(ic, id, 'trap'));
    expect(trapped.errorCode).toBe('IC0503');
    expect(trapped.message).toContain('assertion failed');
    expect(await ask(ic, id, 'read')).toEqual([0n, 0n]);
    expect(await rejectOf(ask(ic, id, 'fail'))).toMatchObject({ errorCode: 'IC0406', message: 'no more' });
    expect(await ask(ic, id, 'read')).toEqual([100n, 0n]);
  });

  rule('a trap after an await undoes what came after it, and nothing before', async (ic) => {
    const id = await deploy(ic);
    expect((await rejectOf(ask(ic, id, 'trapAfterAwait'))).errorCode).toBe('IC0503');
    expect(await ask(ic, id, 'read')).toEqual([1_001n, 1n]);
    expect(await ask(ic, id, 'increment')).toEqual([1_002n]);
  });

  rule('try and catch see the error of one own call, and of the management canister, with their codes', async (ic) => {
    const [id, other] = [await deploy(ic), await deploy(ic)];
    const [own] = await ask(ic, id, 'tryTrap');
    expect(own).toMatch(new RegExp(`^IC0503: Error from Canister ${id}: .*assertion failed`));
    const [management] = await ask(ic, id, 'caught', other);
    expect(management).toMatch(new RegExp(`^IC0512: Only the controllers of the canister ${other} can control it\\.`));
    expect(statusOf(await ic.status(other))).toBe('running');
  });

  rule('upgrade keeps persistent variables, and only those', async (ic) => {
    const id = await deploy(ic);
    await ask(ic, id, 'increment');
    await ask(ic, id, 'increment');
    await ask(ic, id, 'fill', 100n);
    await ic.upgrade(id, counter, { arg: start(7n) });
    expect(await ask(ic, id, 'read')).toEqual([2n, 0n]);
    expect((await ask(ic, id, 'size'))[0]).toBeGreaterThan(102_400n);
    await ic.reinstall(id, counter, start(7n));
    expect(await ask(ic, id, 'read')).toEqual([7n, 0n]);
    expect(await ask(ic, id, 'size')).toEqual([0n]);
  });

  rule('a recurring timer ticks, a single one once, a cancelled one never, an upgrade ends them all', async (ic) => {
    const id = await deploy(ic);
    const pass = async (seconds: number) => {
      await ic.advance(seconds * 1_000);
      await ic.ticks(3);
    };
    await ask(ic, id, 'tick', 60n);
    await ask(ic, id, 'tickOnce', 30n);
    await pass(31);
    expect(await ask(ic, id, 'ticked')).toEqual([1n]);
    await pass(30);
    expect(await ask(ic, id, 'ticked')).toEqual([2n]);
    await pass(60);
    expect(await ask(ic, id, 'ticked')).toEqual([3n]);
    const [timer] = await ask(ic, id, 'tickOnce', 10n);
    await ask(ic, id, 'cancel', timer);
    await pass(20);
    expect(await ask(ic, id, 'ticked')).toEqual([3n]);
    await ic.upgrade(id, counter, { arg: start(0n) });
    await pass(600);
    expect(await ask(ic, id, 'ticked')).toEqual([3n]);
  });

  rule(
    'a snapshot brings back heap, persistent and transient variables; the next timer that is set ticks',
    async (ic) => {
      const id = await deploy(ic);
      await ask(ic, id, 'increment');
      await ask(ic, id, 'fill', 50n);
      const size = await ask(ic, id, 'size');
      const { id: snapshot } = await ic.take(id);
      await ask(ic, id, 'increment');
      await ask(ic, id, 'fill', 500n);
      await ic.load(id, snapshot);
      expect(await ask(ic, id, 'read')).toEqual([1n, 1n]);
      expect(await ask(ic, id, 'size')).toEqual(size);
      expect(await ask(ic, id, 'increment')).toEqual([2n]);
      await ask(ic, id, 'tickOnce', 10n);
      await ic.advance(11_000);
      await ic.ticks(2);
      expect(await ask(ic, id, 'ticked')).toEqual([1n]);
    },
  );

  rule('the caller is the user', async (ic) => {
    const id = await deploy(ic);
    const answer = await ic.call(id, 'whoami', new Uint8Array(IDL.encode([], [])), STRANGER);
    expect(`${IDL.decode([IDL.Principal], new Uint8Array(answer))[0]}`).toBe(STRANGER.toText());
  });
});
