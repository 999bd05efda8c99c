/** What the network refuses: requests of which one part is not as it should be. */
import { AnonymousIdentity, requestIdOf, type SignIdentity } from 'icp-sdk-core-6/agent';
import { IDL } from 'icp-sdk-core-6/candid';
import { DelegationChain, DelegationIdentity, Ed25519KeyIdentity } from 'icp-sdk-core-6/identity';
import { Principal } from 'icp-sdk-core-6/principal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { counter } from '../e2e/pic-canister.ts';
import { withCustomSection } from '../harness/wat.ts';
import { ANONYMOUS, type CallFields, callContent, flipped, post, readStateContent, sign } from './envelopes.ts';
import { type Network, startNetwork } from './network.ts';
import { connect, deploy, SDKS, type Sdk, verifyCertificate } from './sdks.ts';

const owner = Ed25519KeyIdentity.generate();
const stranger = Ed25519KeyIdentity.generate();
const [, sdk] = SDKS as [Sdk, Sdk];
const SECRET = 'icp:private secret';

let network: Network;
let id: Principal;
beforeAll(async () => {
  network = await startNetwork();
  id = await deploy(
    sdk,
    await connect(sdk, network.url, { identity: owner }),
    withCustomSection(await counter(), SECRET),
  );
});
afterAll(() => network.stop());

const ONE = new Uint8Array(IDL.encode([IDL.Nat32], [1]));
const text = (value: string) => new TextEncoder().encode(value);
/** Each time another one: without a nonce, two equal calls are one. */
const add = (fields: Partial<CallFields> = {}) => {
  const nonce = crypto.getRandomValues(new Uint8Array(16));
  return callContent({ canisterId: id, method: 'add', arg: ONE, sender: owner.getPrincipal(), nonce, ...fields });
};
const get = (fields: Partial<CallFields> = {}) =>
  add({ method: 'get', arg: IDL.encode([], []), type: 'query', ...fields });
const call = (envelope: unknown, version = 4) => post(network.url, `v${version}/canister/${id}/call`, envelope);
const query = (envelope: unknown) => post(network.url, `v3/canister/${id}/query`, envelope);
const readState = (envelope: unknown, at = id) => post(network.url, `v3/canister/${at}/read_state`, envelope);

async function count(): Promise<unknown> {
  const { body } = await query({ content: get({ sender: ANONYMOUS }) });
  return IDL.decode([IDL.Nat32], (body.reply as { arg: Uint8Array }).arg)[0];
}

/** Runs it, and gives by how much the counter has grown. */
async function grownBy(run: () => Promise<unknown>): Promise<number> {
  const before = Number(await count());
  await run();
  return Number(await count()) - before;
}

describe('a call as it should be', () => {
  test.each([3, 4])('is answered with its certificate by version %i', async (version) => {
    const answer = await call(await sign(owner, add()), version);
    expect([answer.status, answer.body.status, answer.body.certificate]).toEqual([200, 'replied', expect.anything()]);
  });

  test('is accepted by version 2, and found by its id later', async () => {
    const content = add();
    expect(await call(await sign(owner, content), 2)).toMatchObject({ status: 202, text: '' });
    const path = [text('request_status'), requestIdOf(content), text('status')];
    const agent = await connect(sdk, network.url);
    const status = async () => {
      const { body } = await readState(await sign(owner, readStateContent(owner.getPrincipal(), [path])));
      const certificate = await verifyCertificate(sdk, {
        certificate: body.certificate as Uint8Array,
        agent,
        canisterId: id,
      });
      const found = certificate.lookup_path(path) as { value?: Uint8Array };
      return new TextDecoder().decode(found.value);
    };
    await expect.poll(status).toBe('replied');
  });

  test('runs once however often it comes', async () => {
    const envelope = await sign(owner, add());
    const answers: unknown[] = [];
    const grown = await grownBy(async () => {
      const together = await Promise.all([call(envelope), call(envelope)]);
      answers.push(...together, await call(envelope));
    });
    expect(grown).toBe(1);
    expect(answers).toEqual(Array(3).fill(expect.objectContaining({ status: 200 })));
  });
});

describe('a request that somebody else could have made is refused', () => {
  type Change = (envelope: Record<string, unknown>) => Record<string, unknown> | Promise<Record<string, unknown>>;
  const other =
    (field: string, value: unknown): Change =>
    (envelope) => ({
      ...envelope,
      content: { ...(envelope.content as object), [field]: value },
    });
  test.each<[string, Change, RegExp]>([
    [
      'a signature with one bit changed',
      (e) => ({ ...e, sender_sig: flipped(e.sender_sig as Uint8Array, 9) }),
      /Invalid signature/,
    ],
    ['a signature of another length', (e) => ({ ...e, sender_sig: new Uint8Array(63) }), /Invalid signature/],
    ['an argument changed after signing', other('arg', IDL.encode([IDL.Nat32], [2])), /Invalid signature/],
    ['another method', other('method_name', 'fail'), /Invalid signature/],
    ['another nonce', other('nonce', new Uint8Array(8)), /Invalid signature/],
    ['another sender', other('sender', stranger.getPrincipal()), /is not the principal of sender_pubkey/],
    ['an anonymous sender with a signature', other('sender', ANONYMOUS), /anonymous request must not carry/],
    ['no signature', ({ content }) => ({ content }), /needs sender_pubkey and sender_sig/],
    ['a key of no known scheme', (e) => ({ ...e, sender_pubkey: new Uint8Array(44) }), /is not the principal/],
    [
      'the key and signature of another',
      async (e) => ({ ...(await sign(stranger, e.content as never)), content: e.content }),
      /is not the principal/,
    ],
  ])('%s', async (_name, change, reason) => {
    const refusals: unknown[] = [];
    const grown = await grownBy(async () => {
      refusals.push(
        await call(await change(await sign(owner, add()))),
        await call(await change(await sign(owner, add())), 2),
      );
    });
    expect(refusals).toEqual(
      Array(2).fill(expect.objectContaining({ status: 400, text: expect.stringMatching(reason) })),
    );
    expect(grown).toBe(0);
  });

  test('a signed query as well', async () => {
    const envelope = await sign(owner, get());
    expect((await query(envelope)).body.status).toBe('replied');
    const forged = { ...envelope, sender_sig: flipped(envelope.sender_sig as Uint8Array, 0) };
    expect(await query(forged)).toMatchObject({ status: 400, text: expect.stringContaining('Invalid signature') });
  });
});

describe('time', () => {
  const MINUTE_MS = 60_000;
  const EXPIRY = /^Invalid request expiry: Specified ingress_expiry not within expected range/;

  test.each([
    ['expired', -MINUTE_MS],
    ['too far in the future', 10 * MINUTE_MS],
  ])('a request that is %s is refused in the words that clients look for', async (_name, expiresIn) => {
    for (const answer of [
      await call(await sign(owner, add({ expiresIn }))),
      await call({ content: add({ expiresIn, sender: ANONYMOUS }) }),
      await query(await sign(owner, get({ expiresIn }))),
    ]) {
      expect(answer).toMatchObject({ status: 400, text: expect.stringMatching(EXPIRY) });
    }
  });

  test('an anonymous query may be of any time', async () => {
    const answer = await query({ content: get({ sender: ANONYMOUS, expiresIn: -60 * MINUTE_MS }) });
    expect(answer.body.status).toBe('replied');
  });
});

describe('delegations', () => {
  const inAnHour = () => new Date(Date.now() + 3_600_000);
  const session = Ed25519KeyIdentity.generate();
  const chainTo = (
    key: SignIdentity,
    options: Parameters<typeof DelegationChain.create>[3] = {},
    expiry = inAnHour(),
  ) => DelegationChain.create(owner, key.getPublicKey(), expiry, options);
  const as = (key: SignIdentity, chain: DelegationChain) => DelegationIdentity.fromDelegation(key, chain);

  test.each<[string, () => Promise<DelegationIdentity>]>([
    ['without targets', async () => as(session, await chainTo(session))],
    [
      'with this canister among its targets',
      async () => as(session, await chainTo(session, { targets: [id, ANONYMOUS] })),
    ],
    [
      'of two, the second given by the first',
      async () => {
        const previous = await chainTo(stranger);
        const chain = await DelegationChain.create(stranger, session.getPublicKey(), inAnHour(), { previous });
        return as(session, chain);
      },
    ],
  ])('a chain %s acts for its owner', async (_name, identity) => {
    expect((await call(await sign(await identity(), add()))).body.status).toBe('replied');
  });

  test.each<[string, () => Promise<DelegationIdentity>, RegExp]>([
    [
      'with other targets only',
      async () => as(session, await chainTo(session, { targets: [Principal.managementCanister()] })),
      /not one of the delegation targets/,
    ],
    [
      'whose two delegations have no target in common',
      async () => {
        const previous = await chainTo(stranger, { targets: [id] });
        const options = { previous, targets: [Principal.managementCanister()] };
        return as(session, await DelegationChain.create(stranger, session.getPublicKey(), inAnHour(), options));
      },
      /not one of the delegation targets/,
    ],
    [
      'that has expired',
      async () => as(session, await chainTo(session, {}, new Date(Date.now() - 1_000))),
      /has expired/,
    ],
    [
      'for queries only',
      async () => as(session, await chainTo(session, { permissions: 'queries' })),
      /for queries only/,
    ],
    ['used by another key', async () => as(stranger, await chainTo(session)), /signature of the request/],
    [
      'whose second delegation the first key did not give',
      async () => {
        const options = { previous: await chainTo(session) };
        return as(
          session,
          await DelegationChain.create(stranger, Ed25519KeyIdentity.generate().getPublicKey(), inAnHour(), options),
        );
      },
      /signature of a delegation/,
    ],
    [
      'in which a key comes twice',
      async () => {
        const options = { previous: await chainTo(session) };
        return as(owner, await DelegationChain.create(session, owner.getPublicKey(), inAnHour(), options));
      },
      /occurs twice/,
    ],
    [
      'of more than twenty',
      async () => {
        let chain = await chainTo(session);
        let key = session;
        for (let length = 1; length <= 20; length += 1) {
          const next = Ed25519KeyIdentity.generate();
          chain = await DelegationChain.create(key, next.getPublicKey(), inAnHour(), { previous: chain });
          key = next;
        }
        return as(key, chain);
      },
      /at most 20/,
    ],
  ])('a chain %s is refused', async (_name, identity, reason) => {
    const envelope = await sign(await identity(), add());
    let answer: unknown;
    const grown = await grownBy(async () => {
      answer = await call(envelope);
    });
    expect([answer, grown]).toMatchObject([{ status: 400, text: expect.stringMatching(reason) }, 0]);
  });

  test('a chain for other canisters may not even read what became of a call', async () => {
    const content = add();
    await call(await sign(owner, content));
    const path = [text('request_status'), requestIdOf(content)];
    const read = async (targets: Principal[]) => {
      const identity = as(session, await chainTo(session, { targets }));
      return readState(await sign(identity, readStateContent(owner.getPrincipal(), [path])));
    };
    expect((await read([id])).status).toBe(200);
    expect(await read([ANONYMOUS])).toMatchObject({ status: 403, text: expect.stringContaining('delegation targets') });
  });

  test('one for queries only may query', async () => {
    const identity = as(session, await chainTo(session, { permissions: 'queries' }));
    expect((await query(await sign(identity, get()))).body.status).toBe('replied');
  });
});

describe('addresses', () => {
  const FALLBACK = 'rwlgt-iiaaa-aaaaa-aaaaa-cai';
  const create = () =>
    callContent({
      canisterId: Principal.managementCanister(),
      method: 'provisional_create_canister_with_cycles',
      arg: IDL.encode([IDL.Record({})], [{}]),
      sender: ANONYMOUS,
      nonce: crypto.getRandomValues(new Uint8Array(16)),
    });

  test.each([FALLBACK, 'aaaaa-aa'])('a canister can be created at %s', async (at) => {
    expect((await post(network.url, `v4/canister/${at}/call`, { content: create() })).body.status).toBe('replied');
  });

  test('but nothing else lives there', async () => {
    const content = callContent({ canisterId: Principal.fromText(FALLBACK), method: 'x', arg: ONE, sender: ANONYMOUS });
    expect(await post(network.url, `v4/canister/${FALLBACK}/call`, { content })).toMatchObject({
      status: 400,
      text: expect.stringContaining('canister_not_found'),
    });
  });

  test('a call at the address of another canister is refused', async () => {
    const other = await deploy(sdk, await connect(sdk, network.url), await counter());
    const answer = await post(network.url, `v4/canister/${other}/call`, await sign(owner, add()));
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining(`this request is for ${id}`) });
  });
});

describe('the subnet', () => {
  const at = (subnetId: Principal, kind: string, version: number, content: Record<string, unknown>) =>
    post(network.url, `v${version}/subnet/${subnetId}/${kind}`, { content });
  const subnetId = async () => Principal.selfAuthenticating((await connect(sdk, network.url)).rootKey as Uint8Array);
  const toManagement = (method: string, type: 'call' | 'query') =>
    callContent({ canisterId: Principal.managementCanister(), method, arg: ONE, sender: ANONYMOUS, type });

  test.each([2, 3])('certifies its ranges, its key and its nodes by version %i', async (version) => {
    const own = await subnetId();
    const paths = [
      [text('canister_ranges'), own.toUint8Array()],
      [text('subnet'), own.toUint8Array()],
    ];
    const { body } = await at(own, 'read_state', version, readStateContent(ANONYMOUS, paths));
    const agent = await connect(sdk, network.url);
    const certificate = await verifyCertificate(sdk, {
      certificate: body.certificate as Uint8Array,
      agent,
      canisterId: id,
    });
    for (const path of ['public_key', 'type', 'canister_ranges']) {
      expect(certificate.lookup_path(['subnet', own.toUint8Array(), path]).status, path).toBe('Found');
    }
    expect(certificate.lookup_subtree(['subnet', own.toUint8Array(), 'node']).status).toBe('Found');
    expect(certificate.lookup_subtree(['canister_ranges', own.toUint8Array()]).status).toBe('Found');
  });

  test('rejects what it does not do as an answer, and anything else as a request', async () => {
    const own = await subnetId();
    const created = await at(own, 'call', 4, toManagement('create_canister', 'call'));
    expect(created).toMatchObject({ status: 200, body: { status: 'non_replicated_rejection' } });
    const listed = await at(own, 'query', 3, toManagement('list_canisters', 'query'));
    expect(listed).toMatchObject({ status: 200, body: { status: 'rejected', signatures: [expect.anything()] } });
    expect(await at(own, 'call', 4, add({ sender: ANONYMOUS }))).toMatchObject({ status: 400 });
    expect(await at(id, 'query', 3, toManagement('list_canisters', 'query'))).toMatchObject({
      status: 400,
      text: expect.stringContaining('subnet_not_found'),
    });
  });
});

describe('read_state', () => {
  const canister = (...rest: string[]) => [text('canister'), id.toUint8Array(), ...rest.map(text)];
  const read = async (identity: SignIdentity | AnonymousIdentity, ...paths: Uint8Array[][]) =>
    readState(await sign(identity, readStateContent(identity.getPrincipal(), paths)));
  const anonymous = new AnonymousIdentity();

  test('of what anybody may know, anybody gets a certificate', async () => {
    const answer = await read(
      anonymous,
      [text('time')],
      [text('subnet')],
      canister('module_hash'),
      canister('metadata', 'none'),
    );
    expect([answer.status, answer.body.certificate]).toEqual([200, expect.anything()]);
  });

  test('of private metadata only controllers do', async () => {
    const secret = canister('metadata', 'secret');
    expect(await read(stranger, secret)).toMatchObject({ status: 403, text: expect.stringContaining('controllers') });
    expect((await read(owner, secret)).status).toBe(200);
  });

  test('of a request only its sender does', async () => {
    const content = add();
    await call(await sign(owner, content));
    const path = [text('request_status'), requestIdOf(content)];
    expect(await read(stranger, path)).toMatchObject({ status: 403, text: expect.stringContaining('sender') });
    expect((await read(owner, path)).status).toBe(200);
    expect(await read(owner, path, [text('request_status'), new Uint8Array(32)])).toMatchObject({ status: 400 });
  });

  test.each([[['nothing']], [['canister']], [['time', 'x']], [['request_status', 'short']], [['canister_ranges']]])(
    'of %j nobody does',
    async (path) => {
      expect(await read(anonymous, path.map(text))).toMatchObject({ status: 404, text: 'Invalid path requested.' });
    },
  );
});
