/**
 * The ledgers that icp-cli finds on a network of the launcher: as their users meet them, through an agent that checks every
 * certificate. That the accounts are the real ledgers' is held by account identifiers from elsewhere.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ActorMethod, HttpAgent } from 'icp-sdk-core-6/agent';
import { Actor } from 'icp-sdk-core-6/agent';
import { IDL } from 'icp-sdk-core-6/candid';
import { Ed25519KeyIdentity } from 'icp-sdk-core-6/identity';
import { Principal } from 'icp-sdk-core-6/principal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LaunchedNetwork, startLauncher } from './launcher.ts';
import { connect, SDKS, type Sdk } from './sdks.ts';

const [, SDK] = SDKS as [Sdk, Sdk];
const ANONYMOUS = Principal.anonymous();
/** `2vxsx-fae`, as wallets and explorers know it. */
const ANONYMOUS_ACCOUNT = '1c7a48ba6a562aa9eaa2481a9049cdf0433b9738c992d698c31d8abf89cadc79';
/** The example in the documentation of Motoko's `Principal.toLedgerAccount`. */
const EXAMPLE = {
  owner: Principal.fromText('un4fu-tqaaa-aaaab-qadjq-cai'),
  subaccount: [bytes('4a8d3f2b6e01c87d9e03b4567cf89a01d23456789abcdef0123456789abcdef0')] as [Uint8Array],
  account: '8c5c20c6153f7f51e20d0f0fb508515b476563a962b4a9915f4f02708aed4f82',
};
const T = 10n ** 12n;

const blob = IDL.Vec(IDL.Nat8);
const tokens = IDL.Record({ e8s: IDL.Nat64 });
const account = IDL.Record({ owner: IDL.Principal, subaccount: IDL.Opt(blob) });
const result = (ok: IDL.Type, err: IDL.Type = IDL.Reserved) => IDL.Variant({ Ok: ok, Err: err });
const insufficient = IDL.Variant({ InsufficientFunds: IDL.Record({ balance: IDL.Nat }) });

const icrc1 = {
  icrc1_balance_of: IDL.Func([account], [IDL.Nat], ['query']),
  icrc1_transfer: IDL.Func(
    [
      IDL.Record({
        to: account,
        amount: IDL.Nat,
        fee: IDL.Opt(IDL.Nat),
        created_at_time: IDL.Opt(IDL.Nat64),
      }),
    ],
    [
      result(
        IDL.Nat,
        IDL.Variant({
          InsufficientFunds: IDL.Record({ balance: IDL.Nat }),
          BadFee: IDL.Record({ expected_fee: IDL.Nat }),
          Duplicate: IDL.Record({ duplicate_of: IDL.Nat }),
          TooOld: IDL.Null,
          CreatedInFuture: IDL.Record({ ledger_time: IDL.Nat64 }),
        }),
      ),
    ],
    [],
  ),
};

const INTERFACES = {
  icp: {
    id: 'ryjl3-tyaaa-aaaaa-aaaba-cai',
    methods: {
      ...icrc1,
      account_balance: IDL.Func([IDL.Record({ account: blob })], [tokens], ['query']),
      transfer: IDL.Func(
        [
          IDL.Record({
            memo: IDL.Nat64,
            amount: tokens,
            fee: tokens,
            to: blob,
          }),
        ],
        [result(IDL.Nat64)],
        [],
      ),
    },
  },
  cycles: {
    id: 'um5iw-rqaaa-aaaaq-qaaba-cai',
    methods: {
      ...icrc1,
      create_canister: IDL.Func(
        [IDL.Record({ amount: IDL.Nat })],
        [result(IDL.Record({ canister_id: IDL.Principal }), insufficient)],
        [],
      ),
      withdraw: IDL.Func(
        [IDL.Record({ amount: IDL.Nat, to: IDL.Principal })],
        [result(IDL.Nat, IDL.Variant({ FailedToWithdraw: IDL.Record({ rejection_reason: IDL.Text }) }))],
        [],
      ),
    },
  },
  minting: {
    id: 'rkp4c-7iaaa-aaaaa-aaaca-cai',
    methods: {
      get_default_subnets: IDL.Func([], [IDL.Vec(IDL.Principal)], ['query']),
      get_icp_xdr_conversion_rate: IDL.Func(
        [],
        [IDL.Record({ data: IDL.Record({ xdr_permyriad_per_icp: IDL.Nat64 }) })],
        ['query'],
      ),
      notify_mint_cycles: IDL.Func(
        [IDL.Record({ block_index: IDL.Nat64 })],
        [result(IDL.Record({ minted: IDL.Nat, balance: IDL.Nat }), IDL.Variant({ InvalidTransaction: IDL.Text }))],
        [],
      ),
      notify_create_canister: IDL.Func(
        [IDL.Record({ block_index: IDL.Nat64, controller: IDL.Principal })],
        [result(IDL.Principal)],
        [],
      ),
    },
  },
};

let network: LaunchedNetwork;
let anonymous: HttpAgent;
let user: HttpAgent;
let userId: Principal;

beforeAll(async () => {
  network = await startLauncher();
  const identity = Ed25519KeyIdentity.generate(new Uint8Array(32).fill(7));
  userId = identity.getPrincipal();
  [anonymous, user] = await Promise.all([
    connect(SDK, network.url),
    connect(SDK, network.url, { identity: identity as never }),
  ]);
});
afterAll(() => network?.stop());

/** Calls a method of one of the three; what it gives is looked at by the tests. */
function ask(name: keyof typeof INTERFACES, method: string, arg: unknown[] = [], agent = user): Promise<unknown> {
  const { id, methods } = INTERFACES[name];
  const actor = Actor.createActor<Record<string, ActorMethod>>(() => IDL.Service(methods), { agent, canisterId: id });
  return (actor[method] as ActorMethod)(...arg);
}
const balance = (name: 'icp' | 'cycles', owner: Principal) =>
  ask(name, 'icrc1_balance_of', [{ owner, subaccount: [] }]);
const give = (name: 'icp' | 'cycles', amount: bigint, more: object = {}) =>
  ask(
    name,
    'icrc1_transfer',
    [{ to: { owner: userId, subaccount: [] }, amount, fee: [], created_at_time: [], ...more }],
    anonymous,
  );

test('icp-cli reads the key and the port of the network in the status file', () => {
  const { gateway_port, root_key, default_effective_canister_id, v } = network.status;
  expect([v, default_effective_canister_id]).toEqual(['1', 'lxzze-o7777-77777-aaaaa-cai']);
  expect(new URL(network.url).port).toBe(String(gateway_port));
  expect(root_key).toBe(Buffer.from(anonymous.rootKey as Uint8Array).toString('hex'));
});

test('the ICP ledger names accounts as the real one, and both ways of naming lead to one balance', async () => {
  const endowment = await ask('icp', 'account_balance', [{ account: bytes(ANONYMOUS_ACCOUNT) }]);
  expect(endowment).toEqual({ e8s: await balance('icp', ANONYMOUS) });
  const { owner, subaccount } = EXAMPLE;
  const transfer = { memo: 0n, amount: { e8s: 5n }, fee: { e8s: 10_000n }, to: bytes(EXAMPLE.account) };
  expect(await ask('icp', 'transfer', [transfer], anonymous)).toHaveProperty('Ok');
  expect(await ask('icp', 'icrc1_balance_of', [{ owner, subaccount }])).toBe(5n);
});

test.each(['icp', 'cycles'] as const)('the %s ledger moves what is there, once, and charges its fee', async (name) => {
  const fee = name === 'icp' ? 10_000n : 100_000_000n;
  const [mine, others] = [await balance(name, ANONYMOUS), await balance(name, userId)] as [bigint, bigint];
  const now = BigInt(Date.now()) * 1_000_000n;
  const first = (await give(name, T, { created_at_time: [now] })) as { Ok: bigint };
  expect(await give(name, T, { created_at_time: [now] })).toEqual({ Err: { Duplicate: { duplicate_of: first.Ok } } });
  expect(await give(name, T, { created_at_time: [now - 100_000n * T] })).toEqual({ Err: { TooOld: null } });
  expect(await give(name, T, { created_at_time: [now + T] })).toHaveProperty('Err.CreatedInFuture');
  expect(await give(name, T, { fee: [1n] })).toEqual({ Err: { BadFee: { expected_fee: fee } } });
  expect(await balance(name, ANONYMOUS)).toBe(mine - T - fee);
  expect(await balance(name, userId)).toBe(others + T);
  expect(await give(name, mine)).toEqual({ Err: { InsufficientFunds: { balance: mine - T - fee } } });
});

test('the cycles ledger creates a canister that its caller controls, and tops it up', async () => {
  await give('cycles', 10n * T);
  const before = (await balance('cycles', userId)) as bigint;
  const created = (await ask('cycles', 'create_canister', [{ amount: 2n * T }])) as { Ok: { canister_id: Principal } };
  const { canister_id: id } = created.Ok;
  const status = await SDK.CanisterStatus.request({ canisterId: id, agent: user, paths: ['controllers'] });
  expect((status.get('controllers') as Principal[]).map(String)).toEqual([userId.toText()]);
  expect(await ask('cycles', 'withdraw', [{ amount: T, to: id }])).toHaveProperty('Ok');
  expect(before - ((await balance('cycles', userId)) as bigint)).toBe(3n * T + 200_000_000n);
});

test('the cycles ledger gives back what could not be spent', async () => {
  const before = (await balance('cycles', userId)) as bigint;
  const nobody = Principal.fromText('l62sy-yx777-77777-aaabq-cai');
  const failed = await ask('cycles', 'withdraw', [{ amount: T, to: nobody }]);
  expect(failed).toMatchObject({
    Err: { FailedToWithdraw: { rejection_reason: expect.stringContaining('not found') } },
  });
  expect(before - ((await balance('cycles', userId)) as bigint)).toBe(100_000_000n);
  expect(await ask('cycles', 'create_canister', [{ amount: before }])).toHaveProperty('Err.InsufficientFunds');
});

test('the minting canister knows the subnet, and turns ICP into cycles or a canister, once', async () => {
  const { cycles, minting } = INTERFACES;
  const canisterId = Principal.fromText(cycles.id);
  const status = await SDK.CanisterStatus.request({ canisterId, agent: user, paths: ['subnet'] });
  const { subnetId } = status.get('subnet') as { subnetId: string };
  expect(String(await ask('minting', 'get_default_subnets'))).toBe(subnetId);
  await give('icp', 10n ** 9n);
  const rate = (await ask('minting', 'get_icp_xdr_conversion_rate')) as { data: { xdr_permyriad_per_icp: bigint } };
  const minted = 10n ** 8n * rate.data.xdr_permyriad_per_icp;
  const to = accountId(Principal.fromText(minting.id), subaccountOf(userId));
  const pay = async (memo: string) => {
    const transfer = { memo: memoOf(memo), amount: { e8s: 10n ** 8n }, fee: { e8s: 10_000n }, to };
    return ((await ask('icp', 'transfer', [transfer])) as { Ok: bigint }).Ok;
  };
  const block = await pay('MINT');
  expect(await ask('minting', 'notify_mint_cycles', [{ block_index: block }])).toMatchObject({ Ok: { minted } });
  expect(await ask('minting', 'notify_mint_cycles', [{ block_index: block }])).toEqual({
    Err: { InvalidTransaction: expect.stringContaining('used') },
  });
  const created = await ask('minting', 'notify_create_canister', [
    { block_index: await pay('CREA'), controller: userId },
  ]);
  expect(created).toHaveProperty('Ok');
});

/** The text's bytes as a number, the first one lowest. */
function memoOf(text: string): bigint {
  return Buffer.from(text.padEnd(8, '\0')).readBigUInt64LE();
}

function subaccountOf(owner: Principal): Uint8Array {
  const id = owner.toUint8Array();
  return new Uint8Array(Buffer.concat([Uint8Array.of(id.length), id], 32));
}

function accountId(owner: Principal, subaccount: Uint8Array): Uint8Array {
  const hash = createHash('sha224').update('\x0Aaccount-id').update(owner.toUint8Array()).update(subaccount).digest();
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(hash));
  return new Uint8Array(Buffer.concat([checksum, hash]));
}

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
