/** Both agents, unmodified and with every check on, against a network that one command started. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chatIdlFactory } from '@canister-backup/shared';
import type { ActorMethod, HttpAgent } from 'icp-sdk-core-6/agent';
import { ECDSAKeyIdentity, Ed25519KeyIdentity } from 'icp-sdk-core-6/identity';
import { Secp256k1KeyIdentity } from 'icp-sdk-core-6/identity/secp256k1';
import type { Principal } from 'icp-sdk-core-6/principal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { counter } from '../e2e/pic-canister.ts';
import { type Certifier, certifierFactory, certifierWasm, type Who, whoFactory, whoWasm } from './canisters.ts';
import { type Network, startNetwork } from './network.ts';
import { connect, deploy, management, SDKS, type Sdk, verifyCertificate } from './sdks.ts';

const chatWasm = new Uint8Array(readFileSync(createRequire(import.meta.url).resolve('@canister-backup/chat/wasm.gz')));

interface Chat {
  readonly append: ActorMethod<[string], void>;
  readonly dump: ActorMethod<[], string[]>;
}

/** One for each agent. */
const MAINNET_IDS = ['ryjl3-tyaaa-aaaaa-aaaba-cai', 'mxzaz-hqaaa-aaaar-qaada-cai'];

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(async () => {
  expect(await network.stop()).toBe(0);
});

describe.each(SDKS)('$name', (sdk) => {
  let agent: HttpAgent;
  let owner: Principal;
  let chatId: Principal;
  let chat: Chat;
  beforeAll(async () => {
    agent = await connect(sdk, network.url, { identity: Ed25519KeyIdentity.generate() });
    owner = await agent.getPrincipal();
    chatId = await deploy(sdk, agent, chatWasm);
    chat = actor<Chat>(sdk, agent, chatId, chatIdlFactory);
  });

  test('updates and queries a canister that it has created and installed', async () => {
    await chat.append('Hi there!');
    expect(await chat.dump()).toEqual(['Hi there!']);
  });

  test('reads a canister’s state with its certificate', async () => {
    const status = await sdk.CanisterStatus.request({
      agent,
      canisterId: chatId,
      paths: ['time', 'controllers', 'module_hash', 'candid', 'subnet'],
    });
    const minutesOld = (Date.now() - (status.get('time') as Date).getTime()) / 60_000;
    expect(Math.abs(minutesOld)).toBeLessThan(1);
    expect((status.get('controllers') as Principal[]).map(String)).toEqual([owner.toText()]);
    expect(status.get('module_hash')).toBe(createHash('sha256').update(chatWasm).digest('hex'));
    expect(status.get('candid')).toContain('remove_spam');
    expect(status.get('subnet')).toMatchObject({ nodeKeys: expect.any(Map) });
  });

  test.each([
    ['Ed25519', () => Ed25519KeyIdentity.generate()],
    ['ECDSA on P-256', () => ECDSAKeyIdentity.generate()],
    ['ECDSA on secp256k1', () => Secp256k1KeyIdentity.generate()],
  ])('signs with %s', async (_name, generate) => {
    const identity = await generate();
    const signed = await connect(sdk, network.url, { identity });
    const id = await deploy(sdk, signed, await whoWasm());
    const { whoAsks, whoCalls } = actor<Who>(sdk, signed, id, whoFactory);
    expect([(await whoAsks()).toText(), (await whoCalls()).toText()]).toEqual(
      Array(2).fill(identity.getPrincipal().toText()),
    );
  });

  test('a trap comes back certified, with its text', async () => {
    const id = await deploy(sdk, agent, await counter());
    const { fail } = actor<{ fail: ActorMethod<[], void> }>(sdk, agent, id, ({ IDL }: Pick<Sdk, 'IDL'>) =>
      IDL.Service({ fail: IDL.Func([], [], []) }),
    );
    await expect(fail()).rejects.toThrow(/the counter fails/);
    expect(network.log()).toContain(`[Canister ${id.toText()}] the counter fails`);
  });

  test('a call that the door refuses comes back at once, with its code', async () => {
    const stranger = await connect(sdk, network.url, { identity: Ed25519KeyIdentity.generate() });
    await expect(management(sdk, stranger, chatId.toText()).stop_canister({ canister_id: chatId })).rejects.toThrow(
      /IC0512/,
    );
  });

  test('a query of a method that is not there is an answer, signed as any other', async () => {
    const { missing } = actor<{ missing: ActorMethod<[], void> }>(sdk, agent, chatId, ({ IDL }: Pick<Sdk, 'IDL'>) =>
      IDL.Service({ missing: IDL.Func([], [], ['query']) }),
    );
    await expect(missing()).rejects.toThrow(/no query method 'missing'/);
  });

  test('a canister certifies its data for a query', async () => {
    const id = await deploy(sdk, agent, await certifierWasm());
    const bytes = await actor<Certifier>(sdk, agent, id, certifierFactory).read();
    const certificate = await verifyCertificate(sdk, { certificate: bytes, agent, canisterId: id });
    expect(certificate.lookup_path(['canister', id.toUint8Array(), 'certified_data'])).toMatchObject({
      value: new TextEncoder().encode('certified'),
    });
  });

  test('a canister with an id of mainnet is called as any other', async () => {
    const wanted = sdk.Principal.fromText(MAINNET_IDS[SDKS.indexOf(sdk)] as string);
    const id = await deploy(sdk, agent, chatWasm, wanted);
    expect(id.toText()).toBe(wanted.toText());
    const mainnetChat = actor<Chat>(sdk, agent, id, chatIdlFactory);
    await mainnetChat.append('from afar');
    expect(await mainnetChat.dump()).toEqual(['from afar']);
  });

  test('a canister in no range of the network is not found', async () => {
    const elsewhere = sdk.Principal.fromText('rkp4c-7iaaa-aaaaa-aaaca-cai');
    await expect(actor<Chat>(sdk, agent, elsewhere, chatIdlFactory).append('x')).rejects.toThrow(/canister_not_found/);
  });
});

function actor<T>(sdk: Sdk, agent: HttpAgent, canisterId: Principal, factory: unknown): T {
  return sdk.Actor.createActor(factory as Parameters<typeof sdk.Actor.createActor>[0], {
    agent,
    canisterId,
  }) as unknown as T;
}
