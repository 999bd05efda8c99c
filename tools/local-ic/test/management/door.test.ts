import { IDL } from '@dfinity/candid';
import { expect, test } from 'vitest';
import * as idl from '../../src/management/idl.ts';
import {
  isManagementQuery,
  MANAGEMENT_METHODS,
  managementDoor,
  runManagementQuery,
  senderVersionProblem,
} from '../../src/management/index.ts';
import type { PrincipalText } from '../../src/principal.ts';
import type { CanisterState } from '../../src/state/types.ts';
import { ALICE, BOB, byId, encode, p, refusal, type Subnet, testSubnet } from './subnet.ts';

function door(subnet: Subnet, sender: PrincipalText, method: string, payload: Uint8Array): string {
  const result = managementDoor(subnet.state, { sender, method, payload });
  return result.ok ? `ok ${result.effectiveCanisterId}` : `${result.error.errorCode} ${result.error.message}`;
}

function argument(canister: { readonly id: PrincipalText }): Uint8Array {
  return encode(idl.CanisterIdArgs, { canister_id: p(canister.id) });
}

test('lets controllers in and names the canister that the call is about', () => {
  const subnet = testSubnet();
  const canister = subnet.addCanister();
  expect(door(subnet, ALICE, 'stop_canister', argument(canister))).toBe(`ok ${canister.id}`);
  expect(door(subnet, BOB, 'stop_canister', argument(canister))).toBe(
    `IC0512 Only controllers of canister ${canister.id} can call ic00 method stop_canister`,
  );
  expect(door(subnet, ALICE, 'stop_canister', argument({ id: BOB }))).toBe(`IC0301 Canister ${BOB} not found`);
  expect(door(subnet, ALICE, 'stop_canister', new Uint8Array([1]))).toMatch(/^IC0408 Error decoding candid: /);
});

test('chunked installs are addressed to the target, creation to a specified id or nowhere', () => {
  const subnet = testSubnet();
  const canister = subnet.addCanister();
  const args = {
    mode: { install: null },
    target_canister: p(canister.id),
    store_canister: [],
    chunk_hashes_list: [],
    wasm_module_hash: new Uint8Array(),
    arg: new Uint8Array(),
    sender_canister_version: [],
  };
  expect(door(subnet, ALICE, 'install_chunked_code', encode(idl.InstallChunkedCodeArgs, args))).toBe(
    `ok ${canister.id}`,
  );
  const create = { amount: [], settings: [], specified_id: [], sender_canister_version: [] };
  const method = 'provisional_create_canister_with_cycles';
  expect(door(subnet, BOB, method, encode(idl.ProvisionalCreateArgs, create))).toBe('ok null');
  expect(door(subnet, BOB, method, encode(idl.ProvisionalCreateArgs, { ...create, specified_id: [p(ALICE)] }))).toBe(
    `ok ${ALICE}`,
  );
});

test('methods for canisters only, methods that are not served, queries and unknown methods are refused', () => {
  const subnet = testSubnet();
  const empty = new Uint8Array(IDL.encode([], []));
  for (const method of ['create_canister', 'raw_rand', 'canister_info', 'deposit_cycles']) {
    expect(door(subnet, ALICE, method, empty)).toBe(`IC0406 Only canisters can call ic00 method ${method}`);
  }
  expect(door(subnet, ALICE, 'http_request', empty)).toMatch(/^IC0406 .*is not served by local-ic\.$/);
  expect(door(subnet, ALICE, 'fetch_canister_logs', empty)).toMatch(
    /^IC0406 fetch_canister_logs API is not accessible/,
  );
  expect(door(subnet, ALICE, 'nothing', empty)).toBe("IC0536 Management canister has no method 'nothing'");
});

test('snapshots of a public canister may be read by everybody', () => {
  const subnet = testSubnet();
  const canister = subnet.addCanister();
  expect(door(subnet, BOB, 'list_canister_snapshots', argument(canister))).toMatch(/^IC0512 /);
  canister.settings = { ...canister.settings, snapshotVisibility: { kind: 'public' } };
  expect(door(subnet, BOB, 'list_canister_snapshots', argument(canister))).toBe(`ok ${canister.id}`);
  expect(
    door(
      subnet,
      BOB,
      'take_canister_snapshot',
      encode(idl.TakeSnapshotArgs, {
        canister_id: p(canister.id),
        replace_snapshot: [],
        uninstall_code: [],
        sender_canister_version: [],
      }),
    ),
  ).toMatch(/^IC0512 /);
});

test('every method refuses an argument that is no Candid, whoever calls', () => {
  const subnet = testSubnet();
  const canister = subnet.addCanister();
  for (const name of MANAGEMENT_METHODS.keys()) {
    expect(refusal(subnet.call(canister.id, name, new Uint8Array([1, 2, 3])))).toMatch(
      /^IC0408 Error decoding candid: |^IC0406 .* is not served by local-ic\.$/,
    );
  }
});

test('methods about a canister name an unknown one', () => {
  const subnet = testSubnet();
  const caller = subnet.addCanister();
  for (const name of [
    'canister_status',
    'canister_info',
    'delete_canister',
    'deposit_cycles',
    'stored_chunks',
    'list_canister_snapshots',
  ]) {
    expect(refusal(subnet.call(caller.id, name, byId({ id: BOB })))).toBe(`IC0301 Canister ${BOB} not found.`);
  }
});

function logsOf(subnet: Subnet, canister: CanisterState, sender: PrincipalText, filter: unknown[] = []) {
  return runManagementQuery(subnet.state, {
    sender,
    method: 'fetch_canister_logs',
    payload: encode(idl.FetchLogsArgs, { canister_id: p(canister.id), filter }),
  });
}

test('logs are a query for those whom the setting allows', () => {
  const subnet = testSubnet();
  const canister = subnet.addCanister();
  canister.logs = [3n, 4n, 5n].map((index) => ({ index, timestamp: index * 10n, content: new Uint8Array([65]) }));
  expect(isManagementQuery('fetch_canister_logs')).toBe(true);
  expect(isManagementQuery('canister_status')).toBe(false);
  expect(logsOf(subnet, canister, BOB)).toMatchObject({ kind: 'reject', reject: { errorCode: 'IC0406' } });
  canister.settings = { ...canister.settings, logVisibility: { kind: 'allowed_viewers', viewers: [BOB] } };
  const indices = (filter?: unknown[]): bigint[] => {
    const answer = logsOf(subnet, canister, BOB, filter);
    if (answer.kind !== 'reply') throw new Error(answer.reject.message);
    const [{ canister_log_records: records }] = IDL.decode([idl.LogsResult], answer.data) as unknown as [
      { canister_log_records: { idx: bigint }[] },
    ];
    return records.map(({ idx }) => idx);
  };
  expect(indices()).toEqual([3n, 4n, 5n]);
  expect(indices([{ by_idx: { start: 4n, end: 5n } }])).toEqual([4n]);
  expect(indices([{ by_timestamp_nanos: { start: 40n, end: 100n } }])).toEqual([4n, 5n]);
});

test('a canister that names its version must name the right one', () => {
  const payload = encode(idl.VersionedArgs, { canister_id: p(ALICE), sender_canister_version: [4n] });
  expect(senderVersionProblem({ method: 'load_canister_snapshot', payload, version: 4n })).toBeNull();
  expect(senderVersionProblem({ method: 'load_canister_snapshot', payload, version: 5n })).toMatchObject({
    errorCode: 'IC0504',
  });
  expect(senderVersionProblem({ method: 'stop_canister', payload, version: 5n })).toBeNull();
  expect(senderVersionProblem({ method: 'update_settings', payload: new Uint8Array(), version: 5n })).toBeNull();
});
