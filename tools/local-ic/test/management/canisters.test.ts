import { IDL } from '@dfinity/candid';
import { expect, test } from 'vitest';
import { memoryUsage } from '../../src/cycles.ts';
import * as idl from '../../src/management/idl.ts';
import { canisterIdFromNumber, principalFromBytes } from '../../src/principal.ts';
import type { CanisterState } from '../../src/state/types.ts';
import {
  ALICE,
  accepted,
  BOB,
  byId,
  install,
  p,
  refusal,
  replied,
  SMALL_MODULE,
  type Subnet,
  testSubnet,
  user,
  wat,
} from './subnet.ts';

const TRILLION = 10n ** 12n;
const NO_SETTINGS: idl.SettingsValue = {
  controllers: [],
  compute_allocation: [],
  memory_allocation: [],
  freezing_threshold: [],
  reserved_cycles_limit: [],
  log_visibility: [],
  snapshot_visibility: [],
  wasm_memory_limit: [],
  wasm_memory_threshold: [],
  environment_variables: [],
};

function create(subnet: Subnet, change: Partial<idl.ProvisionalCreateArgs> = {}, sender = ALICE) {
  const args = { amount: [], settings: [], specified_id: [], sender_canister_version: [], ...change };
  return subnet.call(sender, 'provisional_create_canister_with_cycles', [idl.ProvisionalCreateArgs, args]);
}

function created(subnet: Subnet, change: Partial<idl.ProvisionalCreateArgs> = {}): CanisterState {
  const { canister_id } = replied<idl.CanisterIdArgs>(create(subnet, change), idl.CanisterIdArgs);
  return subnet.state.canisters.get(canister_id.toText() as CanisterState['id']) as CanisterState;
}

function update(subnet: Subnet, canister: CanisterState, settings: Partial<idl.SettingsValue>, sender = ALICE) {
  const args = { canister_id: p(canister.id), settings: { ...NO_SETTINGS, ...settings }, sender_canister_version: [] };
  return subnet.call(sender, 'update_settings', [idl.UpdateSettingsArgs, args]);
}

function info(subnet: Subnet, canister: CanisterState, count: bigint) {
  const asker = subnet.addCanister();
  const args = { canister_id: p(canister.id), num_requested_changes: [count] };
  return replied<{ total_num_changes: bigint; recent_changes: { canister_version: bigint; details: object }[] }>(
    subnet.call(asker.id, 'canister_info', [idl.CanisterInfoArgs, args]),
    idl.CanisterInfoResult,
  );
}

test('ids run upwards from the first; a new canister is at version 0 with one history entry', () => {
  const subnet = testSubnet();
  const first = created(subnet);
  const second = created(subnet);
  expect([first.id, second.id]).toEqual(
    [0n, 1n].map((n) => canisterIdFromNumber(subnet.state.config.firstCanisterNumber + n)),
  );
  expect(first).toMatchObject({ version: 0n, cycles: 100n * TRILLION, controllers: [ALICE], historyTotal: 1n });
  expect(first.history[0]).toMatchObject({
    canisterVersion: 0n,
    origin: { kind: 'user', user: ALICE },
    details: { kind: 'creation' },
  });
});

test('a specified id must be a free canister id outside the own range', () => {
  const subnet = testSubnet();
  const mainnet = canisterIdFromNumber(1n);
  expect(created(subnet, { specified_id: [p(mainnet)] }).id).toBe(mainnet);
  expect(refusal(create(subnet, { specified_id: [p(mainnet)] }))).toMatch(
    new RegExp(`^IC0205 .*canister id ${mainnet} already exists`),
  );
  const own = canisterIdFromNumber(subnet.state.config.firstCanisterNumber + 5n);
  expect(refusal(create(subnet, { specified_id: [p(own)] }))).toMatch(
    /^IC0408 .*belongs to the canister allocation ranges/,
  );
  expect(refusal(create(subnet, { specified_id: [p(ALICE)] }))).toMatch(/^IC0408 /);
  expect(subnet.state.canistersCreated).toBe(0n);
});

test('a canister pays 500 G to create, and the new canister gets the rest', () => {
  const subnet = testSubnet();
  const parent = subnet.addCanister();
  const args = [idl.CreateCanisterArgs, { settings: [], sender_canister_version: [3n] }] as const;
  expect(refusal(subnet.call(parent.id, 'create_canister', args, { cycles: TRILLION / 2n - 1n }))).toMatch(/^IC0403 /);
  const outcome = subnet.call(parent.id, 'create_canister', args, { cycles: 2n * TRILLION });
  expect(outcome).toMatchObject({ acceptedCycles: 2n * TRILLION });
  const { canister_id } = replied<idl.CanisterIdArgs>(outcome, idl.CanisterIdArgs);
  const child = subnet.state.canisters.get(canister_id.toText() as CanisterState['id']);
  expect(child).toMatchObject({ cycles: (3n * TRILLION) / 2n, controllers: [parent.id] });
  expect(child?.history[0]?.origin).toEqual({ kind: 'canister', canister: parent.id, version: 3n });
});

test('settings: given ones change, others stay; controllers are sorted and recorded', () => {
  const subnet = testSubnet();
  const canister = created(subnet);
  accepted(
    update(subnet, canister, { controllers: [[p(BOB), p(ALICE), p(BOB), p(canister.id)]], freezing_threshold: [5n] }),
  );
  expect(canister.controllers).toEqual([canister.id, ALICE, BOB]);
  expect(canister.settings).toMatchObject({ freezingThreshold: 5n, reservedCyclesLimit: 5n * TRILLION });
  expect(canister.version).toBe(1n);
  accepted(update(subnet, canister, { environment_variables: [[{ name: 'A', value: 'b' }]] }));
  expect(canister.settings.environmentVariables).toEqual([{ name: 'A', value: 'b' }]);
  expect(info(subnet, canister, 5n)).toMatchObject({
    total_num_changes: 2n,
    recent_changes: [{ canister_version: 0n }, { canister_version: 1n, details: { controllers_change: {} } }],
  });
});

test('settings out of range, too long or too dear are refused and change nothing', () => {
  const subnet = testSubnet();
  const canister = created(subnet, { amount: [TRILLION] });
  const eleven = Array.from({ length: 11 }, (_, index) => p(user(index + 10)));
  const name = 'x'.repeat(129);
  const cases: [Partial<idl.SettingsValue>, RegExp][] = [
    [{ controllers: [eleven] }, /^IC0504 Could not validate the settings: .*maximum size allowed of 10/],
    [{ compute_allocation: [101n] }, /^IC0504 /],
    [{ memory_allocation: [2n ** 48n + 1n] }, /^IC0504 /],
    [{ freezing_threshold: [2n ** 64n] }, /^IC0504 /],
    [{ log_visibility: [{ allowed_viewers: eleven }] }, /^IC0408 Error decoding candid/],
    [{ environment_variables: [[{ name, value: '' }]] }, /^IC0408 /],
    [
      { environment_variables: [Array.from({ length: 21 }, (_, index) => ({ name: `v${index}`, value: '' }))] },
      /^IC0408 Too many/,
    ],
    [{ memory_allocation: [1n] }, /^IC0402 /],
    [{ memory_allocation: [2n ** 42n] }, /^IC0101 /],
    [{ memory_allocation: [2n ** 40n] }, /^IC0531 /],
    [{ compute_allocation: [50n] }, /^IC0530 /],
  ];
  for (const [change, expected] of cases) expect(refusal(update(subnet, canister, change))).toMatch(expected);
  expect(canister.version).toBe(0n);
});

test('status tells everything that clients decode, to controllers and the canister itself', () => {
  const subnet = testSubnet();
  const canister = created(subnet);
  install(subnet, canister);
  const status = replied<Record<string, unknown>>(
    subnet.call(ALICE, 'canister_status', byId(canister)),
    idl.StatusResult,
  );
  expect(status).toMatchObject({
    status: { running: null },
    version: 1n,
    memory_size: memoryUsage(canister),
    cycles: canister.cycles,
    module_hash: [canister.code?.moduleHash],
    settings: { controllers: [p(ALICE)], freezing_threshold: 2_592_000n, wasm_memory_limit: 3_221_225_472n },
    memory_metrics: {
      wasm_memory_size: 65_536n,
      global_memory_size: 96n,
      wasm_binary_size: BigInt(SMALL_MODULE.length),
    },
  });
  accepted(subnet.call(canister.id, 'canister_status', byId(canister)));
  expect(refusal(subnet.call(BOB, 'canister_status', byId(canister)))).toMatch(/^IC0512 /);
});

test('history keeps twenty entries and counts all', () => {
  const subnet = testSubnet();
  const canister = created(subnet);
  for (let i = 0; i < 25; i += 1) accepted(update(subnet, canister, { controllers: [[p(ALICE)]] }));
  const all = info(subnet, canister, 100n);
  expect(all.total_num_changes).toBe(26n);
  expect(all.recent_changes.map(({ canister_version }) => canister_version)).toEqual(
    Array.from({ length: 20 }, (_, i) => BigInt(i + 6)),
  );
  expect(info(subnet, canister, 1n).recent_changes).toHaveLength(1);
  expect(info(subnet, canister, 0n).recent_changes).toHaveLength(0);
});

test('install charges the target, counts the version and is rate limited', () => {
  const subnet = testSubnet();
  const canister = created(subnet);
  const args = (mode: idl.InstallModeValue) =>
    [
      idl.InstallCodeArgs,
      {
        mode,
        canister_id: p(canister.id),
        wasm_module: SMALL_MODULE,
        arg: new Uint8Array(),
        sender_canister_version: [],
      },
    ] as const;
  expect(refusal(subnet.call(ALICE, 'install_code', args({ upgrade: [] })))).toMatch(/^IC0537 /);
  const { cycles } = canister;
  const outcome = subnet.call(ALICE, 'install_code', args({ install: null }));
  const instructions = accepted(outcome).kind === 'reply' && outcome.kind === 'reply' ? outcome.instructions : 0n;
  expect(cycles - canister.cycles).toBe(5_000_000n + instructions);
  expect(canister).toMatchObject({ version: 1n, installDebit: instructions });
  expect(canister.history.at(-1)?.details).toMatchObject({ kind: 'code_deployment', mode: 'install' });
  expect(refusal(subnet.call(ALICE, 'install_code', args({ reinstall: null })))).toMatch(/^IC0209 /);
  canister.installDebit = 0n;
  expect(refusal(subnet.call(ALICE, 'install_code', args({ install: null })))).toMatch(/^IC0514 /);
  accepted(subnet.call(ALICE, 'install_code', args({ upgrade: [] })));
  canister.installDebit = 0n;
  canister.cycles = 300_000_000_000n;
  expect(refusal(subnet.call(ALICE, 'install_code', args({ reinstall: null })))).toMatch(
    /^IC0207 Canister installation failed with `Canister /,
  );
});

test('a failing install is charged for and changes nothing else', () => {
  const subnet = testSubnet();
  const canister = created(subnet);
  const trapping = wat('(module (func (export "canister_init") unreachable))');
  const args = {
    mode: { install: null },
    canister_id: p(canister.id),
    wasm_module: trapping,
    arg: new Uint8Array(),
    sender_canister_version: [],
  };
  const { cycles } = canister;
  expect(refusal(subnet.call(ALICE, 'install_code', [idl.InstallCodeArgs, args]))).toMatch(/^IC0502 /);
  expect(canister).toMatchObject({ code: null, version: 0n, historyTotal: 1n });
  expect(canister.cycles).toBeLessThan(cycles);
});

test('chunks: stored, listed, installed from, cleared', () => {
  const subnet = testSubnet();
  const canister = created(subnet);
  const halves = [SMALL_MODULE.slice(0, 40), SMALL_MODULE.slice(40)];
  const { cycles } = canister;
  const hashes = halves.map((chunk) =>
    replied<{ hash: Uint8Array }>(
      subnet.call(ALICE, 'upload_chunk', [idl.UploadChunkArgs, { canister_id: p(canister.id), chunk }]),
      idl.ChunkHashResult,
    ),
  );
  expect(cycles - canister.cycles).toBe(2n * 205_000_000n);
  expect(canister.heapDeltaDebit).toBe(2n * 1_048_576n);
  expect(replied<unknown[]>(subnet.call(ALICE, 'stored_chunks', byId(canister)), idl.ChunkHashesResult)).toHaveLength(
    2,
  );
  const args = (hash: Uint8Array) => ({
    mode: { install: null },
    target_canister: p(canister.id),
    store_canister: [],
    chunk_hashes_list: hashes,
    wasm_module_hash: hash,
    arg: new Uint8Array(),
    sender_canister_version: [],
  });
  const installChunked = (hash: Uint8Array) =>
    subnet.call(ALICE, 'install_chunked_code', [idl.InstallChunkedCodeArgs, args(hash)]);
  expect(refusal(installChunked(new Uint8Array(32)))).toMatch(/^IC0504 Error from Wasm chunk store: Wasm module hash/);
  const other = created(subnet);
  install(subnet, other);
  accepted(installChunked(other.code?.moduleHash as Uint8Array));
  expect(canister.code?.moduleHash).toEqual(other.code?.moduleHash);
  accepted(subnet.call(ALICE, 'clear_chunk_store', byId(canister)));
  expect(canister.chunkStore.size).toBe(0);
  expect(
    refusal(
      subnet.call(ALICE, 'upload_chunk', [
        idl.UploadChunkArgs,
        { canister_id: p(canister.id), chunk: new Uint8Array(1_048_577) },
      ]),
    ),
  ).toMatch(/^IC0504 /);
});

test('a stopped canister without messages can be deleted, but not by itself', () => {
  const subnet = testSubnet();
  const canister = created(subnet);
  expect(refusal(subnet.call(ALICE, 'delete_canister', byId(canister)))).toBe(
    `IC0510 Canister ${canister.id} must be stopped before it is deleted.`,
  );
  canister.status = { kind: 'stopped' };
  canister.controllers = [ALICE, canister.id];
  expect(refusal(subnet.call(canister.id, 'delete_canister', byId(canister)))).toBe(
    `IC0512 Canister ${canister.id} cannot delete itself.`,
  );
  canister.queues.output.push({
    kind: 'response',
    originator: canister.id,
    respondent: canister.id,
    callbackId: 0,
    payload: { kind: 'reject', code: 5, message: '' },
    refund: 0n,
  });
  expect(refusal(subnet.call(ALICE, 'delete_canister', byId(canister)))).toMatch(/^IC0203 /);
  canister.queues.output = [];
  accepted(subnet.call(ALICE, 'delete_canister', byId(canister)));
  expect(subnet.state.canisters.size).toBe(0);
});

test('cycles: deposits take what was attached, top-ups make them', () => {
  const subnet = testSubnet();
  const giver = subnet.addCanister();
  const canister = subnet.addCanister({ cycles: 0n });
  expect(subnet.call(giver.id, 'deposit_cycles', byId(canister), { cycles: 7n })).toMatchObject({ acceptedCycles: 7n });
  accepted(
    subnet.call(BOB, 'provisional_top_up_canister', [
      idl.ProvisionalTopUpArgs,
      { canister_id: p(canister.id), amount: 5n },
    ]),
  );
  expect(canister.cycles).toBe(12n);
});

test('metadata sections: public for all canisters, private for controllers', () => {
  const subnet = testSubnet();
  const canister = created(subnet);
  const reader = subnet.addCanister();
  const sections = ['icp:public note', 'icp:private secret'].map((name) => customSection(name, 'text'));
  install(subnet, canister, Buffer.concat([SMALL_MODULE, ...sections]));
  const read = (name: string) =>
    subnet.call(reader.id, 'canister_metadata', [idl.CanisterMetadataArgs, { canister_id: p(canister.id), name }]);
  expect(Buffer.from(replied<{ value: Uint8Array }>(read('note'), idl.CanisterMetadataResult).value).toString()).toBe(
    'text',
  );
  expect(refusal(read('secret'))).toMatch(/^IC0406 /);
  canister.controllers = [ALICE, reader.id];
  accepted(read('secret'));
  expect(refusal(read('none'))).toMatch(/^IC0406 /);
});

function customSection(name: string, content: string): Uint8Array {
  const body = Buffer.from([name.length, ...Buffer.from(name), ...Buffer.from(content)]);
  return Uint8Array.from([0, body.length, ...body]);
}

test('raw_rand waits for the next round', () => {
  const subnet = testSubnet();
  const canister = subnet.addCanister();
  const empty = new Uint8Array(IDL.encode([], []));
  expect(subnet.call(canister.id, 'raw_rand', empty).kind).toBe('waits');
  expect(subnet.state.management.rawRand).toHaveLength(1);
  expect(refusal(subnet.call(ALICE, 'raw_rand', empty))).toBe('IC0406 Only canisters can call ic00 method raw_rand');
});

test('principals of any length can control', () => {
  const subnet = testSubnet();
  const anonymous = principalFromBytes(new Uint8Array([4]));
  const canister = created(subnet, { settings: [{ ...NO_SETTINGS, controllers: [[p(anonymous)]] }] });
  expect(canister.controllers).toEqual([anonymous]);
});

test('settings arm the low-memory hook when they make memory low, and disarm it again', () => {
  const subnet = testSubnet();
  const canister = created(subnet);
  install(subnet, canister);
  accepted(update(subnet, canister, { wasm_memory_limit: [100_000n], wasm_memory_threshold: [34_464n] }));
  expect(canister.lowMemoryHook).toBe('condition_not_satisfied');
  accepted(update(subnet, canister, { wasm_memory_threshold: [34_465n] }));
  expect(canister.lowMemoryHook).toBe('ready');
  accepted(update(subnet, canister, { wasm_memory_threshold: [0n] }));
  expect(canister.lowMemoryHook).toBe('condition_not_satisfied');
});

test('reinstall purges the log, except for what the new init prints', () => {
  const subnet = testSubnet();
  const canister = created(subnet);
  const printing = wat(`(module
    (import "ic0" "debug_print" (func $print (param i32 i32)))
    (memory 1)
    (data (i32.const 0) "hello")
    (func (export "canister_init") (call $print (i32.const 0) (i32.const 5))))`);
  install(subnet, canister, printing);
  expect(canister.logs.map(({ index }) => index)).toEqual([0n]);
  const args = {
    mode: { reinstall: null },
    canister_id: p(canister.id),
    wasm_module: printing,
    arg: new Uint8Array(),
    sender_canister_version: [],
  };
  accepted(subnet.call(ALICE, 'install_code', [idl.InstallCodeArgs, args]));
  expect(canister.logs.map(({ index }) => index)).toEqual([1n]);
});
