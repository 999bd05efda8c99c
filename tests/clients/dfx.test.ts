/**
 * What dfx sends, request by request (dfx 0.32 with agent-rs 0.47; older ones through the older endpoints): `dfx ping`,
 * `dfx deploy --no-wallet` and `dfx canister …`. dfx itself cannot be had from npm, so its requests are replayed, to the
 * addresses and in the bytes that its source says, and each answer is looked at as its agent does.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Cbor, Certificate, type LookupPathResultFound, LookupPathStatus, requestIdOf } from 'icp-sdk-core-6/agent';
import { IDL } from 'icp-sdk-core-6/candid';
import { Principal } from 'icp-sdk-core-6/principal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callOf, DfxIdentity, queryOf, readStateOf } from './agent-rs.ts';
import { post } from './envelopes.ts';
import { type Network, startNetwork } from './network.ts';

const MANAGEMENT = Principal.managementCanister();
/** Where dfx creates canisters if nobody has told it of an id of the network. */
const FALLBACK = Principal.fromText('rwlgt-iiaaa-aaaaa-aaaaa-cai');
/** As dfx.json names it: not compressed, and so too large for one message. */
const chatWasm = readFileSync(createRequire(import.meta.url).resolve('@canister-backup/chat/wasm'));
const MIB = 1024 ** 2;

const blob = IDL.Vec(IDL.Nat8);
const named = IDL.Record({ canister_id: IDL.Principal });
const snapshotOf = IDL.Record({ canister_id: IDL.Principal, snapshot_id: blob });
const snapshot = IDL.Record({ id: blob, taken_at_timestamp: IDL.Nat64, total_size: IDL.Nat64 });
const hashes = IDL.Vec(IDL.Record({ hash: blob }));
const utf8 = (text: string) => new Uint8Array(Buffer.from(text));
const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const encode = (type: IDL.Type, value: unknown) => new Uint8Array(IDL.encode([type], [value]));
const NOTHING = new Uint8Array(IDL.encode([], []));

const identity = new DfxIdentity();
let network: Network;
let rootKey: Uint8Array;
let chat: Principal;

beforeAll(async () => {
  network = await startNetwork();
});
afterAll(async () => {
  await network?.stop();
});

/** The body of an answer that is not an error of HTTP. */
async function send(path: string, bytes: Uint8Array): Promise<Record<string, unknown>> {
  const { status, body, text } = await post(network.url, path, bytes);
  if (status !== 200) throw new Error(`${status} ${text}`);
  return body;
}

/** The certificate, verified under the root key for the canister that it was asked of. */
function certificateIn(body: Record<string, unknown>, canister: Principal): Promise<Certificate> {
  const certificate = body.certificate as Uint8Array;
  return Certificate.create({ certificate, rootKey, principal: { canisterId: canister } });
}

function found(certificate: Certificate, path: readonly (string | Uint8Array)[]): Uint8Array {
  const { status, value } = certificate.lookup_path(path.map(bytesOf)) as LookupPathResultFound;
  if (status !== LookupPathStatus.Found) throw new Error(`${path[0]} … is ${status}`);
  return value;
}

function bytesOf(label: string | Uint8Array): Uint8Array {
  return typeof label === 'string' ? utf8(label) : label;
}

/** An update: the reply out of the certificate that comes back at once. Throws what the certificate says instead. */
async function update(canister: Principal, method: string, arg: Uint8Array, at = canister): Promise<Uint8Array> {
  const { bytes, requestId } = identity.sign(callOf(identity.principal, { canister, method, arg }));
  const body = await send(`v4/canister/${at}/call`, bytes);
  if (body.status !== 'replied') throw new Error(`${body.error_code} ${body.reject_message}`);
  const certificate = await certificateIn(body, at);
  const status = Buffer.from(found(certificate, ['request_status', requestId, 'status'])).toString();
  if (status === 'replied') return found(certificate, ['request_status', requestId, 'reply']);
  const text = (label: string) => Buffer.from(found(certificate, ['request_status', requestId, label])).toString();
  throw new Error(`${text('error_code')} ${text('reject_message')}`);
}

/** A management call about a canister, addressed to it. */
const manage = (method: string, type: IDL.Type, arg: Record<string, unknown> = {}) =>
  update(MANAGEMENT, method, encode(type, { canister_id: chat, ...arg }), chat);

async function readState(canister: Principal, ...paths: (string | Uint8Array)[][]): Promise<Certificate> {
  const { bytes } = identity.sign(
    readStateOf(
      identity.principal,
      paths.map((path) => path.map(bytesOf)),
    ),
  );
  return certificateIn(await send(`v3/canister/${canister}/read_state`, bytes), canister);
}

const decoded = (type: IDL.Type, reply: Uint8Array) => IDL.decode([type], reply)[0] as unknown;
const dump = async () => decoded(IDL.Vec(IDL.Text), await update(chat, 'dump', NOTHING));

test('dfx ping', async () => {
  const response = await fetch(`${network.url}/api/v2/status`);
  const status = Cbor.decode<Record<string, unknown>>(new Uint8Array(await response.arrayBuffer()));
  expect(status).toMatchObject({ replica_health_status: 'healthy', root_key: expect.any(Uint8Array) });
  rootKey = status.root_key as Uint8Array;
});

describe('dfx deploy --no-wallet', () => {
  test('creates the canister at its fallback id', async () => {
    // As agent-rs writes it: settings without `opt`, with fields of its own version.
    const settings = IDL.Record({ controllers: IDL.Opt(IDL.Vec(IDL.Principal)), log_visibility: IDL.Opt(IDL.Null) });
    const type = IDL.Record({ amount: IDL.Opt(IDL.Nat), settings, specified_id: IDL.Opt(IDL.Principal) });
    const arg = { amount: [], settings: { controllers: [], log_visibility: [] }, specified_id: [] };
    const reply = await update(MANAGEMENT, 'provisional_create_canister_with_cycles', encode(type, arg), FALLBACK);
    chat = (decoded(named, reply) as { canister_id: Principal }).canister_id;
    expect(chat.toText()).toBe('lxzze-o7777-77777-aaaaa-cai');
  });

  test('sees that it has no code', async () => {
    const path = ['canister', chat.toUint8Array(), 'module_hash'];
    const certificate = await readState(chat, path);
    expect(certificate.lookup_path(path.map(bytesOf)).status).toBe(LookupPathStatus.Absent);
  });

  test('uploads a large module in chunks, and installs those', async () => {
    const chunks = Array.from({ length: Math.ceil(chatWasm.length / MIB) }, (_, index) =>
      chatWasm.subarray(index * MIB, (index + 1) * MIB),
    );
    expect(decoded(hashes, await manage('stored_chunks', named))).toEqual([]);
    const chunkOf = IDL.Record({ canister_id: IDL.Principal, chunk: blob });
    const uploaded = await Promise.all(chunks.map((chunk) => manage('upload_chunk', chunkOf, { chunk })));
    const list = chunks.map((chunk) => ({ hash: sha256(chunk) }));
    expect(uploaded.map((reply) => decoded(IDL.Record({ hash: blob }), reply))).toEqual(list);
    const install = IDL.Record({
      mode: IDL.Variant({ install: IDL.Null }),
      target_canister: IDL.Principal,
      store_canister: IDL.Opt(IDL.Principal),
      chunk_hashes_list: hashes,
      wasm_module_hash: blob,
      arg: blob,
      sender_canister_version: IDL.Opt(IDL.Nat64),
    });
    await manage('install_chunked_code', install, {
      mode: { install: null },
      target_canister: chat,
      store_canister: [],
      chunk_hashes_list: list,
      wasm_module_hash: sha256(chatWasm),
      arg: NOTHING,
      sender_canister_version: [],
    });
    await manage('clear_chunk_store', named);
  });

  test('reads the hash, the controllers and the interface of what it has installed', async () => {
    const of = (...path: string[]) => ['canister', chat.toUint8Array(), ...path];
    const info = await readState(chat, of('module_hash'), of('controllers'));
    expect(found(info, of('module_hash'))).toEqual(sha256(chatWasm));
    expect(Cbor.decode<Uint8Array[]>(found(info, of('controllers')))).toEqual([identity.principal.toUint8Array()]);
    const metadata = await readState(chat, of('metadata', 'candid:service'));
    expect(Buffer.from(found(metadata, of('metadata', 'candid:service'))).toString()).toContain('remove_spam');
  });

  test('is told of an id that is not the network’s by a 400 that says canister_not_found', async () => {
    const [canister, method] = [MANAGEMENT, 'provisional_create_canister_with_cycles'];
    const arg = encode(IDL.Record({ amount: IDL.Opt(IDL.Nat) }), { amount: [] });
    const { bytes } = identity.sign(callOf(identity.principal, { canister, method, arg }));
    const answer = await post(network.url, 'v4/canister/jrlun-jiaaa-aaaab-aaaaa-cai/call', bytes);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('canister_not_found')]);
  });
});

describe('dfx canister call', () => {
  test('an update, and a query whose signature the node’s key in the state tree verifies', async () => {
    await update(chat, 'append', encode(IDL.Text, 'Hi there!'));
    const { bytes, requestId } = identity.sign(
      queryOf(identity.principal, { canister: chat, method: 'dump', arg: NOTHING }),
    );
    const body = await send(`v3/canister/${chat}/query`, bytes);
    const { arg } = body.reply as { arg: Uint8Array };
    expect(decoded(IDL.Vec(IDL.Text), arg)).toEqual(['Hi there!']);
    const [signature] = body.signatures as { timestamp: bigint; signature: Uint8Array; identity: Uint8Array }[];
    if (signature === undefined) throw new Error('no node has signed');
    const subnet = await readState(chat, ['subnet']);
    const id = Principal.selfAuthenticating(rootKey).toUint8Array();
    const key = createPublicKey({
      key: Buffer.from(found(subnet, ['subnet', id, 'node', signature.identity, 'public_key'])),
      format: 'der',
      type: 'spki',
    });
    const signable = Buffer.concat([
      Buffer.from('\x0Bic-response'),
      requestIdOf({ status: 'replied', reply: { arg }, request_id: requestId, timestamp: BigInt(signature.timestamp) }),
    ]);
    expect(verify(null, signable, key, signature.signature)).toBe(true);
  });

  test.each(['v2', 'v3'])('with an older agent: %s, then asks for the status until it is there', async (version) => {
    const content = callOf(identity.principal, { canister: chat, method: 'dump', arg: NOTHING });
    const { bytes, requestId } = identity.sign(content);
    const call = await post(network.url, `${version}/canister/${chat}/call`, bytes);
    expect(call.status).toBe(version === 'v2' ? 202 : 200);
    const status = ['request_status', requestId];
    const answered = async () => {
      const { bytes: read } = identity.sign(readStateOf(identity.principal, [status.map(bytesOf)]));
      return certificateIn(await send(`v2/canister/${chat}/read_state`, read), chat);
    };
    let certificate = await answered();
    while (certificate.lookup_path([...status, 'reply'].map(bytesOf)).status !== LookupPathStatus.Found) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      certificate = await answered();
    }
    expect(decoded(IDL.Vec(IDL.Text), found(certificate, [...status, 'reply']))).toEqual(['Hi there!']);
  });

  test('what a canister has not is refused, certified and with the code of the IC', async () => {
    await expect(update(chat, 'missing', NOTHING)).rejects.toThrow(/^IC0536 .*missing/);
  });
});

describe('dfx canister', () => {
  test('status, stop and start', async () => {
    const status = IDL.Record({
      status: IDL.Variant({ running: IDL.Null, stopping: IDL.Null, stopped: IDL.Null }),
      settings: IDL.Record({ controllers: IDL.Vec(IDL.Principal) }),
      module_hash: IDL.Opt(blob),
    });
    const seen = async () =>
      Object.keys((decoded(status, await manage('canister_status', named)) as { status: object }).status);
    expect(await seen()).toEqual(['running']);
    await manage('stop_canister', named);
    expect(await seen()).toEqual(['stopped']);
    await expect(update(chat, 'dump', NOTHING)).rejects.toThrow(/^IC0508 /);
    await manage('start_canister', named);
    expect(await seen()).toEqual(['running']);
  });

  test('snapshot create, list, load and delete, while it is stopped', async () => {
    const take = IDL.Record({
      canister_id: IDL.Principal,
      replace_snapshot: IDL.Opt(blob),
      uninstall_code: IDL.Opt(IDL.Bool),
      sender_canister_version: IDL.Opt(IDL.Nat64),
    });
    const load = IDL.Record({
      canister_id: IDL.Principal,
      snapshot_id: blob,
      sender_canister_version: IDL.Opt(IDL.Nat64),
    });
    await manage('stop_canister', named);
    const empty = { replace_snapshot: [], uninstall_code: [], sender_canister_version: [] };
    const taken = decoded(snapshot, await manage('take_canister_snapshot', take, empty)) as { id: Uint8Array };
    expect(decoded(IDL.Vec(snapshot), await manage('list_canister_snapshots', named))).toEqual([taken]);
    await manage('start_canister', named);
    await update(chat, 'remove_spam', NOTHING);
    expect(await dump()).toEqual([]);
    await manage('stop_canister', named);
    await manage('load_canister_snapshot', load, { snapshot_id: taken.id, sender_canister_version: [] });
    await manage('start_canister', named);
    expect(await dump()).toEqual(['Hi there!']);
    await manage('delete_canister_snapshot', snapshotOf, { snapshot_id: taken.id });
    expect(decoded(IDL.Vec(snapshot), await manage('list_canister_snapshots', named))).toEqual([]);
  });

  test('logs, which is a query of the management canister', async () => {
    await expect(update(chat, 'append', NOTHING)).rejects.toThrow(/^IC050/);
    const arg = encode(named, { canister_id: chat });
    const { bytes } = identity.sign(
      queryOf(identity.principal, { canister: MANAGEMENT, method: 'fetch_canister_logs', arg }),
    );
    const body = await send(`v3/canister/${chat}/query`, bytes);
    const logs = IDL.Record({ canister_log_records: IDL.Vec(IDL.Record({ content: blob })) });
    const { canister_log_records: records } = decoded(logs, (body.reply as { arg: Uint8Array }).arg) as {
      canister_log_records: { content: Uint8Array }[];
    };
    expect(records.map(({ content }) => Buffer.from(content).toString()).join('\n')).toContain('[TRAP]');
  });

  test('update-settings and uninstall-code, as one of its controllers and as nobody else', async () => {
    const settings = IDL.Record({
      canister_id: IDL.Principal,
      settings: IDL.Record({ freezing_threshold: IDL.Opt(IDL.Nat) }),
    });
    const [canister, method] = [MANAGEMENT, 'update_settings'];
    const arg = { canister_id: chat, settings: { freezing_threshold: [604_800n] } };
    await manage(method, settings, arg);
    const stranger = new DfxIdentity();
    const { bytes } = stranger.sign(callOf(stranger.principal, { canister, method, arg: encode(settings, arg) }));
    const body = await send(`v4/canister/${chat}/call`, bytes);
    expect(body).toMatchObject({ status: 'non_replicated_rejection', error_code: 'IC0512' });
    await manage('uninstall_code', named);
    await expect(update(chat, 'dump', NOTHING)).rejects.toThrow(/^IC0537 /);
  });
});
