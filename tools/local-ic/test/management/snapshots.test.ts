import { beforeEach, describe, expect, test } from 'vitest';
import { bytesToHex } from '../../src/bytes.ts';
import { memoryUsage } from '../../src/cycles.ts';
import { HEAP_DELTA_BYTES_PER_ROUND } from '../../src/limits.ts';
import * as idl from '../../src/management/idl.ts';
import { checkpointDelta, decayRateLimits } from '../../src/management/index.ts';
import { writeMemory } from '../../src/state/pages.ts';
import type { CanisterState } from '../../src/state/types.ts';
import {
  ALICE,
  accepted,
  BOB,
  byId,
  install,
  openCall,
  p,
  refusal,
  replied,
  SMALL_MODULE,
  type Subnet,
  testSubnet,
} from './subnet.ts';

const GIGA = 1_000_000_000n;
const PAGE = 65_536n;

interface Taken {
  readonly id: Uint8Array;
  readonly taken_at_timestamp: bigint;
  readonly total_size: bigint;
}

let subnet: Subnet;
let canister: CanisterState;

beforeEach(() => {
  subnet = testSubnet();
  canister = subnet.addCanister();
  install(subnet, canister);
});

function takeArgs(extra: Partial<idl.TakeSnapshotArgs> = {}, target = canister) {
  const args = {
    canister_id: p(target.id),
    replace_snapshot: [],
    uninstall_code: [],
    sender_canister_version: [],
    ...extra,
  };
  return [idl.TakeSnapshotArgs, args] as const;
}

function take(extra: Partial<idl.TakeSnapshotArgs> = {}, target = canister): Taken {
  return replied(subnet.call(ALICE, 'take_canister_snapshot', takeArgs(extra, target)), idl.SnapshotResult);
}

function loadArgs(snapshot: Uint8Array, target = canister) {
  return [
    idl.LoadSnapshotArgs,
    { canister_id: p(target.id), snapshot_id: snapshot, sender_canister_version: [] },
  ] as const;
}

function load(snapshot: Uint8Array, target = canister, sender = ALICE) {
  return subnet.call(sender, 'load_canister_snapshot', loadArgs(snapshot, target));
}

function ids(target = canister): string[] {
  return replied<Taken[]>(subnet.call(ALICE, 'list_canister_snapshots', byId(target)), idl.SnapshotsResult).map(
    ({ id }) => bytesToHex(id),
  );
}

describe('take', () => {
  test('ids are eight bytes of a number that is never used twice, then the canister id', () => {
    const first = take();
    expect(bytesToHex(first.id)).toMatch(/^0000000000000000[0-9a-f]{16}0101$/);
    const second = take({ replace_snapshot: [first.id] });
    expect(bytesToHex(second.id).slice(0, 16)).toBe('0000000000000001');
    expect(ids()).toEqual([bytesToHex(second.id)]);
  });

  test('counts memories, module, globals with the replica counter, chunks and certified data', () => {
    canister.chunkStore.set('00', new Uint8Array(1));
    if (canister.code !== null) canister.code.certifiedData = new Uint8Array(32);
    const expected = PAGE + BigInt(SMALL_MODULE.length) + 3n * 32n + 1_048_576n + 32n;
    expect(take().total_size).toBe(expected);
  });

  test('checkpoint item 6: a snapshot counts as memory of its canister', () => {
    const before = memoryUsage(canister);
    const { total_size } = take();
    expect(memoryUsage(canister)).toBe(before + total_size);
  });

  test('costs the target 5 M + 2 G + size and leaves version, history and status alone', () => {
    const { cycles, version, historyTotal } = canister;
    const { total_size } = take();
    expect(cycles - canister.cycles).toBe(5_000_000n + 2n * GIGA + total_size);
    expect(canister).toMatchObject({ version, historyTotal, status: { kind: 'running' } });
  });

  test('needs no stop: running, stopping and stopped all work', () => {
    for (const status of [{ kind: 'running' }, { kind: 'stopping', waiting: [] }, { kind: 'stopped' }] as const) {
      canister.status = status;
      take();
    }
    expect(ids()).toHaveLength(3);
  });

  test('the eleventh is refused, unless it replaces one', () => {
    const snapshots = Array.from({ length: 10 }, () => take());
    const outcome = subnet.call(ALICE, 'take_canister_snapshot', takeArgs());
    expect(refusal(outcome)).toBe(
      `IC0406 Canister ${canister.id} has reached the maximum number of snapshots allowed: 10.`,
    );
    take({ replace_snapshot: [snapshots[4]?.id as Uint8Array] });
    expect(ids()).toHaveLength(10);
  });

  test('a failed replacement keeps the old snapshot', () => {
    const { id } = take();
    canister.cycles = 1n;
    expect(refusal(subnet.call(ALICE, 'take_canister_snapshot', takeArgs({ replace_snapshot: [id] })))).toMatch(
      /^IC0532 /,
    );
    expect(canister.snapshots.has(bytesToHex(id))).toBe(true);
  });

  test('names what is wrong with the replaced id', () => {
    const other = subnet.addCanister();
    install(subnet, other);
    const { id } = take({}, other);
    const missing = Uint8Array.from(id);
    missing[7] = 9;
    const replace = (bytes: Uint8Array) =>
      refusal(subnet.call(ALICE, 'take_canister_snapshot', takeArgs({ replace_snapshot: [bytes] })));
    expect(replace(id)).toBe(`IC0406 The snapshot ${other.id}-0 does not belong to canister ${canister.id}.`);
    expect(replace(missing)).toBe(`IC0305 Could not find the snapshot ID ${other.id}-9 for canister ${canister.id}.`);
    expect(replace(new Uint8Array(3))).toMatch(/^IC0408 Error decoding candid: Invalid snapshot ID/);
  });

  test('an empty canister is refused last of all', () => {
    const empty = subnet.addCanister();
    expect(refusal(subnet.call(ALICE, 'take_canister_snapshot', takeArgs({}, empty)))).toBe(
      `IC0406 Failed to create snapshot for empty canister ${empty.id}:`,
    );
    empty.cycles = 0n;
    expect(refusal(subnet.call(ALICE, 'take_canister_snapshot', takeArgs({}, empty)))).toMatch(/^IC0207 /);
  });

  test('the rate limit refuses until rounds have lowered the debit', () => {
    canister.heapDeltaDebit = HEAP_DELTA_BYTES_PER_ROUND;
    const outcome = subnet.call(ALICE, 'take_canister_snapshot', takeArgs());
    expect(refusal(outcome)).toBe(
      `IC0210 Canister ${canister.id} is heap delta rate limited: current delta debit is 78643200, but limit is 78643200.`,
    );
    decayRateLimits(subnet.state);
    take();
  });

  test('adds what changed since the last checkpoint to the debit, each page once', () => {
    take();
    expect(canister.heapDeltaDebit).toBe(4096n);
    checkpointDelta(subnet.state);
    take();
    expect(canister.heapDeltaDebit).toBe(4096n);
    const { code } = canister;
    if (code !== null) code.memory = writeMemory(code.memory, 8190, new Uint8Array([1, 2, 3, 4]));
    take();
    expect(canister.heapDeltaDebit).toBe(3n * 4096n);
  });

  test('cannot be paid: the freezing limit first, then the instructions', () => {
    canister.cycles = 2n * GIGA;
    expect(refusal(subnet.call(ALICE, 'take_canister_snapshot', takeArgs()))).toMatch(
      new RegExp(
        `^IC0207 Canister snapshotting failed with: \`Canister ${canister.id} is out of cycles: please top up`,
      ),
    );
    canister.cycles = 100n;
    expect(refusal(subnet.call(ALICE, 'take_canister_snapshot', takeArgs()))).toMatch(
      /^IC0532 Canister cannot grow memory by \d+ bytes due to insufficient cycles\. At least \d+ additional cycles are required\.$/,
    );
    expect(canister.snapshots.size).toBe(0);
  });

  test('a memory allocation that is too small is refused', () => {
    canister.settings = { ...canister.settings, memoryAllocation: memoryUsage(canister) };
    expect(refusal(subnet.call(ALICE, 'take_canister_snapshot', takeArgs()))).toMatch(
      /^IC0402 Canister was given .* memory allocation but at least .* of memory is needed\.$/,
    );
  });

  test('with uninstall_code: code goes, open calls are rejected, callbacks are marked, one version and one history entry', () => {
    const { version, historyTotal } = canister;
    openCall(canister, { kind: 'ingress', sender: BOB, messageId: new Uint8Array(32) });
    openCall(canister, { kind: 'canister', sender: BOB, callbackId: 1, deadline: 0n });
    canister.globalTimer = 5n;
    take({ uninstall_code: [true] });
    expect(canister).toMatchObject({ code: null, globalTimer: 0n, lastInstalledAt: null, version: version + 1n });
    expect(canister.historyTotal).toBe(historyTotal + 1n);
    expect(canister.history.at(-1)?.details).toEqual({ kind: 'code_uninstall' });
    expect(canister.callContexts.size).toBe(0);
    expect(subnet.responses.map(({ reject }) => [reject.rejectCode, reject.errorCode])).toEqual([
      [4, 'IC0406'],
      [4, null],
    ]);
    expect(canister.snapshots.size).toBe(1);
  });
});

describe('load', () => {
  test('brings code, memory, globals, chunks and certified data back and keeps timer, status, cycles and settings', () => {
    const { code } = canister;
    if (code === null) throw new Error('installed');
    code.certifiedData = new Uint8Array([1]);
    const { id } = take();
    const recorded = canister.version;
    code.memory = writeMemory(code.memory, 0, new Uint8Array([9, 9]));
    code.certifiedData = new Uint8Array([2]);
    canister.chunkStore.set('aa', new Uint8Array([1]));
    canister.globalTimer = 77n;
    canister.status = { kind: 'stopped' };
    canister.version += 5n;
    const pending = openCall(canister, { kind: 'ingress', sender: BOB, messageId: new Uint8Array(32) });
    subnet.state.blockTime += 1_000n;
    accepted(load(id));
    const snapshot = canister.snapshots.get(bytesToHex(id));
    expect(canister.code?.memory).toBe(snapshot?.code.memory);
    expect(canister.code?.certifiedData).toEqual(new Uint8Array([1]));
    expect(canister.chunkStore.size).toBe(0);
    expect(canister).toMatchObject({
      globalTimer: 77n,
      status: { kind: 'stopped' },
      lastInstalledAt: subnet.state.blockTime,
    });
    expect(canister.version).toBe(recorded + 6n);
    expect(canister.callContexts.get(pending.id)).toBe(pending);
    expect(canister.history.at(-1)).toMatchObject({
      canisterVersion: recorded + 6n,
      details: {
        kind: 'load_snapshot',
        snapshotId: id,
        canisterVersion: recorded,
        source: 'taken_from_canister',
        fromCanister: null,
      },
    });
  });

  test('a snapshot is not changed by what the canister does after a load', () => {
    const { id } = take();
    accepted(load(id));
    const before = canister.snapshots.get(bytesToHex(id))?.code.memory;
    if (canister.code !== null) canister.code.memory = writeMemory(canister.code.memory, 0, new Uint8Array([5]));
    expect(canister.snapshots.get(bytesToHex(id))?.code.memory).toBe(before);
  });

  test('costs 2 × (5 M) + 2 G + compile + size; the budget sees the compile cost only', () => {
    const { id, total_size } = take();
    const { cycles } = canister;
    subnet.state.compiled.clear();
    const cold = load(id);
    const compiled = cold.kind === 'reply' ? cold.instructions : 0n;
    expect(compiled % 6_000n).toBe(0n);
    expect(compiled).toBeGreaterThan(0n);
    expect(cycles - canister.cycles).toBe(10_000_000n + 2n * GIGA + compiled + total_size);
    const warm = load(id);
    expect(warm.kind === 'reply' && warm.instructions).toBe(compiled / 100n);
  });

  test('a failed load changes and costs nothing', () => {
    const { id } = take();
    canister.cycles = 2n * GIGA + 6_000_000n;
    const before = structuredClone({ cycles: canister.cycles, version: canister.version });
    expect(refusal(load(id))).toMatch(/^IC0207 Canister snapshotting failed with/);
    expect(canister).toMatchObject(before);
  });

  test('onto another canister: its controller too, and only after a checkpoint', () => {
    const target = subnet.addCanister({ controllers: [ALICE, BOB] });
    const { id } = take();
    expect(refusal(load(id, target, BOB))).toBe(
      `IC0406 Only a controller of the canister that snapshot ${canister.id}-0 belongs to can load it on canister ${target.id}. Sender: ${BOB}.`,
    );
    expect(refusal(load(id, target))).toBe(
      `IC0406 Snapshot ${canister.id}-0 is not currently loadable on the specified canister ${target.id}. Try again later.`,
    );
    checkpointDelta(subnet.state);
    accepted(load(id, target));
    expect(target.code?.moduleHash).toEqual(canister.code?.moduleHash);
    expect(target.history.at(-1)?.details).toMatchObject({ fromCanister: canister.id });
  });

  test('unknown ids and strangers are refused, the controller check first', () => {
    const { id } = take();
    const missing = Uint8Array.from(id);
    missing[7] = 3;
    expect(refusal(load(missing, canister, BOB))).toMatch(/^IC0512 /);
    expect(refusal(load(missing))).toBe(
      `IC0305 Could not find the snapshot ID ${canister.id}-3 for canister ${canister.id}.`,
    );
    canister.heapDeltaDebit = HEAP_DELTA_BYTES_PER_ROUND;
    expect(refusal(load(missing))).toMatch(/^IC0210 /);
  });

  test('adds the loaded parts that no checkpoint holds to the debit', () => {
    const { id } = take();
    canister.heapDeltaDebit = 0n;
    accepted(load(id));
    expect(canister.heapDeltaDebit).toBe(4096n);
    checkpointDelta(subnet.state);
    canister.heapDeltaDebit = 0n;
    accepted(load(id));
    expect(canister.heapDeltaDebit).toBe(0n);
  });
});

describe('list and delete', () => {
  test('delete frees the slot and the memory, and costs nothing', () => {
    const before = memoryUsage(canister);
    const { id } = take();
    const { cycles } = canister;
    const args = [idl.SnapshotArgs, { canister_id: p(canister.id), snapshot_id: id }] as const;
    accepted(subnet.call(ALICE, 'delete_canister_snapshot', args));
    expect(memoryUsage(canister)).toBe(before);
    expect(canister.cycles).toBe(cycles);
    expect(refusal(subnet.call(ALICE, 'delete_canister_snapshot', args))).toMatch(/^IC0305 /);
  });

  test('visibility: controllers, then named viewers, then everybody may list; only controllers may delete', () => {
    const { id } = take();
    const list = () => subnet.call(BOB, 'list_canister_snapshots', byId(canister));
    expect(refusal(list())).toMatch(/^IC0512 /);
    canister.settings = { ...canister.settings, snapshotVisibility: { kind: 'allowed_viewers', viewers: [BOB] } };
    accepted(list());
    canister.settings = { ...canister.settings, snapshotVisibility: { kind: 'public' } };
    accepted(list());
    const args = [idl.SnapshotArgs, { canister_id: p(canister.id), snapshot_id: id }] as const;
    expect(refusal(subnet.call(BOB, 'delete_canister_snapshot', args))).toMatch(/^IC0512 /);
  });

  test('install, reinstall and uninstall keep snapshots; deleting the canister does not', () => {
    take();
    accepted(
      subnet.call(ALICE, 'uninstall_code', [
        idl.VersionedArgs,
        { canister_id: p(canister.id), sender_canister_version: [] },
      ]),
    );
    install(subnet, canister);
    expect(canister.snapshots.size).toBe(1);
    canister.status = { kind: 'stopped' };
    accepted(subnet.call(ALICE, 'delete_canister', byId(canister)));
    expect(subnet.state.canisters.has(canister.id)).toBe(false);
  });
});
