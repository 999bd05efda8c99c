/** `pic.makeLive()`: an agent and the PocketIC client at one instance, and the same API below its path. */
import { fileURLToPath } from 'node:url';
import { PocketIc, PocketIcServer } from '@dfinity/pic';
import type { ActorMethod, HttpAgent } from 'icp-sdk-core-6/agent';
import { IDL } from 'icp-sdk-core-6/candid';
import { Principal } from 'icp-sdk-core-6/principal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Counter, counter, counterFactory } from '../e2e/pic-canister.ts';
import { ANONYMOUS, callContent, type HttpAnswer, post } from './envelopes.ts';
import { connect, SDKS, type Sdk } from './sdks.ts';

const binPath = fileURLToPath(new URL('../../tools/local-ic/bin/pocket-ic', import.meta.url));

let server: PocketIcServer;
beforeAll(async () => {
  server = await PocketIcServer.start({ binPath });
});
afterAll(() => server.stop());

interface Counting {
  readonly add: ActorMethod<[number], void>;
  readonly get: ActorMethod<[], number>;
}

function counting(sdk: Sdk, agent: HttpAgent, canisterId: string): Counting {
  const { IDL: types } = sdk;
  const factory = () =>
    types.Service({ add: types.Func([types.Nat32], [], []), get: types.Func([], [types.Nat32], ['query']) });
  return sdk.Actor.createActor<Counting>(factory, { agent, canisterId });
}

describe.each(SDKS)('$name', (sdk) => {
  test('calls a canister of a live instance that the PocketIC client has set up, and both see the same', async () => {
    const pic = await PocketIc.create(server.getUrl());
    try {
      const { actor, canisterId } = await pic.setupCanister<Counter>({
        idlFactory: counterFactory,
        wasm: await counter(),
      });
      await actor.add(1);
      const port = await pic.makeLive();
      const agent = await connect(sdk, `http://127.0.0.1:${port}`);
      const viaAgent = counting(sdk, agent, canisterId.toText());
      await viaAgent.add(2);
      expect([await viaAgent.get(), await actor.get()]).toEqual([3, 3]);
      await pic.stopLive();
      await expect(viaAgent.get()).rejects.toThrow();
    } finally {
      await pic.tearDown();
    }
  });
});

test('an instance answers below its own path without a gateway, and rounds that somebody runs answer its calls', async () => {
  const pic = await PocketIc.create(server.getUrl());
  try {
    const { canisterId } = await pic.setupCanister<Counter>({ idlFactory: counterFactory, wasm: await counter() });
    await pic.resetTime();
    await pic.tick();
    const content = callContent({
      canisterId: Principal.fromText(canisterId.toText()),
      method: 'add',
      arg: Uint8Array.from(IDL.encode([IDL.Nat32], [4])),
      sender: ANONYMOUS,
    });
    const url = `${server.getUrl()}/instances/${instanceOf(pic)}`;
    let answer: HttpAnswer | null = null;
    void post(url, `v4/canister/${canisterId}/call`, { content }).then((received) => {
      answer = received;
    });
    const tickAndLook = async () => {
      await pic.tick();
      return answer;
    };
    await expect.poll(tickAndLook).toMatchObject({ status: 200, body: { status: 'replied' } });
    const asked = callContent({
      canisterId: Principal.fromText(canisterId.toText()),
      method: 'get',
      arg: new Uint8Array(),
      sender: ANONYMOUS,
      type: 'query',
    });
    expect((await post(url, `v3/canister/${canisterId}/query`, { content: asked })).body.status).toBe('replied');
  } finally {
    await pic.tearDown();
  }
});

/** The client knows it and does not tell. Other files have instances on the same server, so it cannot be guessed. */
function instanceOf(pic: PocketIc): number {
  const id: unknown = Reflect.get(Reflect.get(pic, 'client') as object, 'instanceId');
  if (typeof id !== 'number') throw new Error('this version of @dfinity/pic keeps the instance elsewhere');
  return id;
}
