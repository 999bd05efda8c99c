/** When a started network runs its rounds, as a client sees it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Cbor } from 'icp-sdk-core-6/agent';
import { IDL } from 'icp-sdk-core-6/candid';
import type { Principal } from 'icp-sdk-core-6/principal';
import { expect, test } from 'vitest';
import { counter } from '../e2e/pic-canister.ts';
import { wat } from '../harness/wat.ts';
import { ANONYMOUS, callContent, post } from './envelopes.ts';
import { type Network, startNetwork } from './network.ts';
import { connect, deploy, SDKS, type Sdk } from './sdks.ts';

const [, sdk] = SDKS as [Sdk, Sdk];
const ONE = new Uint8Array(IDL.encode([IDL.Nat32], [1]));

async function withNetwork(args: readonly string[], use: (network: Network) => Promise<void>): Promise<void> {
  const network = await startNetwork(...args);
  try {
    await use(network);
  } finally {
    expect(await network.stop()).toBe(0);
  }
}

async function roundsOf({ url }: Network): Promise<number> {
  const body = await (await fetch(`${url}/api/v2/status`)).arrayBuffer();
  return Cbor.decode<{ certified_height: number }>(new Uint8Array(body)).certified_height;
}

async function addOne({ url }: Network, id: Principal): Promise<void> {
  const nonce = crypto.getRandomValues(new Uint8Array(16));
  const content = callContent({ canisterId: id, method: 'add', arg: ONE, sender: ANONYMOUS, nonce });
  expect((await post(url, `v4/canister/${id}/call`, { content })).body.status).toBe('replied');
}

test('a call makes a round at once; without work there is one every second, with the time of the wall clock', () =>
  withNetwork([], async (network) => {
    const agent = await connect(sdk, network.url);
    const id = await deploy(sdk, agent, await counter());
    await addOne(network, id);
    const before = await roundsOf(network);
    const start = performance.now();
    for (let call = 0; call < 10; call += 1) await addOne(network, id);
    // Ten calls that wait for the round of the next second each would take ten seconds.
    expect(performance.now() - start).toBeLessThan(8_000);
    const after = await roundsOf(network);
    expect(after - before).toBeGreaterThanOrEqual(10);
    await sleep(2_500);
    const idle = (await roundsOf(network)) - after;
    expect(idle).toBeGreaterThanOrEqual(1);
    expect(idle).toBeLessThanOrEqual(6);
    const time = sdk.Actor.createActor<{ time(): Promise<bigint> }>(
      () => sdk.IDL.Service({ time: sdk.IDL.Func([], [sdk.IDL.Nat64], ['query']) }),
      { agent, canisterId: id },
    );
    const lateMs = Date.now() - Number((await time.time()) / 1_000_000n);
    expect(lateMs).toBeGreaterThan(-100);
    expect(lateMs).toBeLessThan(3_000);
  }));

test('a timer runs when it is due, not with the next second', () =>
  withNetwork([], async (network) => {
    const id = await deploy(sdk, await connect(sdk, network.url), await TICKER());
    const ticker = (): Promise<number> => ticksOf(network, id);
    const before = await ticker();
    await sleep(2_000);
    // Each tick sets the timer to 100 ms later: with rounds of a second there would be three at most.
    expect((await ticker()) - before).toBeGreaterThan(5);
  }));

test('--artificial-delay-ms is between two rounds, whatever is asked for', () =>
  withNetwork(['--artificial-delay-ms', '400'], async (network) => {
    const id = await deploy(sdk, await connect(sdk, network.url), await counter());
    const start = performance.now();
    for (let call = 0; call < 3; call += 1) await addOne(network, id);
    expect(performance.now() - start).toBeGreaterThan(2 * 400);
  }));

/** Counts in a timer that it sets anew each time, 100 ms later. */
const TICKER = () =>
  wat(`(module
    (memory 1)
    (global $ticks (mut i32) (i32.const 0))
    (func $again (drop (call $ic0.global_timer_set (i64.add (call $ic0.time) (i64.const 100000000)))))
    (func (export "canister_init") (call $again))
    (func (export "canister_global_timer")
      (global.set $ticks (i32.add (global.get $ticks) (i32.const 1)))
      (call $again))
    (func (export "canister_query get") (call $lib.reply_i32 (global.get $ticks))))`);

async function ticksOf({ url }: Network, id: Principal): Promise<number> {
  const content = callContent({ canisterId: id, method: 'get', arg: ONE, sender: ANONYMOUS, type: 'query' });
  const { body } = await post(url, `v3/canister/${id}/query`, { content });
  const { arg } = body.reply as { arg: Uint8Array };
  return new DataView(arg.slice().buffer).getUint32(0, true);
}
