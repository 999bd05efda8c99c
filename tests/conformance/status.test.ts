/** What the management canister says about a canister, and who may change what. */
import { Principal } from '@icp-sdk/core/principal';
import { expect } from 'vitest';
import { i32 } from '../harness/bytes.ts';
import { STRANGER, statusOf } from '../harness/ic.ts';
import { answerOf, pair } from '../harness/lifecycle.ts';
import { decodeResult, tagOf } from '../harness/management.ts';
import { deployParts, setParts } from '../harness/parts.ts';
import { deployProxy, managing } from '../harness/plan.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';
import { watFile } from '../harness/wat.ts';

const PAGE = 65_536n;
const principal = (byte: number) => Principal.selfAuthenticating(Uint8Array.of(byte));

conformance('status and settings', (rule) => {
  rule('a new canister is empty and running, controlled by its creator, with the default settings', async (ic) => {
    const canister = await ic.pic.createCanister({ cycles: 5_000_000_000_000n });
    const status = await ic.pic.canisterStatus({ canisterId: canister });
    expect(Object.keys(status.status)).toEqual(['running']);
    expect(status.moduleHash).toBeNull();
    expect(status.settings.controllers.map(String)).toEqual([Principal.anonymous().toText()]);
    expect(status.settings).toMatchObject({
      computeAllocation: 0n,
      memoryAllocation: 0n,
      freezingThreshold: 2_592_000n,
      reservedCyclesLimit: 5_000_000_000_000n,
    });
    expect(status.reservedCycles).toBe(0n);
    expect(status.cycles).toBeGreaterThan(4_999_000_000_000n);
    expect(status.cycles).toBeLessThanOrEqual(5_000_000_000_000n);
  });

  rule('canister ids count upwards, and start where the topology says', async (ic) => {
    const first = await ic.pic.createCanister();
    const second = await ic.pic.createCanister();
    const number = (id: Principal) => new DataView(new Uint8Array(id.toUint8Array()).buffer).getBigUint64(0);
    expect(number(second)).toBe(number(first) + 1n);
    const [subnet] = await ic.pic.getApplicationSubnets();
    const [range] = subnet?.canisterRanges ?? [];
    expect(range?.start.toText()).toBe(first.toText());
    expect((await ic.pic.getCanisterSubnetId(second))?.toText()).toBe(subnet?.id.toText());
  });

  rule('memory is counted by its parts', async (ic) => {
    const module = await watFile('parts');
    const canister = await ic.deploy(module);
    await setParts(ic, canister, 1);
    await ic.call(canister, 'grow', i32(3));
    await ic.call(canister, 'grow_stable', i32(5));
    const { memory_metrics, memory_size } = await ic.status(canister);
    expect(memory_metrics).toMatchObject({
      wasm_memory_size: 4n * PAGE,
      stable_memory_size: 6n * PAGE,
      wasm_binary_size: BigInt(module.length),
      snapshots_size: 0n,
    });
    expect(memory_size).toBeGreaterThanOrEqual(10n * PAGE + BigInt(module.length));
  });

  rule('the version grows by one with every update, and with nothing else that leaves no trace', async (ic) => {
    const canister = await deployParts(ic);
    const { version } = await ic.status(canister);
    await setParts(ic, canister, 1);
    expect((await ic.status(canister)).version).toBe(version + 1n);
    await ic.query(canister, 'read');
    await ic.ticks(3);
    expect((await ic.status(canister)).version).toBe(version + 1n);
    await ic.pic.updateCanisterSettings({ canisterId: canister, freezingThreshold: 1n });
    expect((await ic.status(canister)).version).toBe(version + 2n);
    await ic.upgrade(canister, await watFile('parts'));
    expect((await ic.status(canister)).version).toBe(version + 3n);
  });

  rule('status is for controllers: others are refused at the door, other canisters by a reject', async (ic) => {
    const { target } = await pair(ic);
    expect(await rejectOf(ic.status(target, STRANGER))).toMatchObject({ errorCode: 'IC0512', certified: false });
    const other = await deployProxy(ic);
    await other.launch(managing('canister_status', { canister_id: target }));
    await ic.ticks(2);
    const answer = await answerOf(other, 0);
    expect(answer.code).toBe(5);
    expect(answer.message).toMatch(
      new RegExp(`^IC0512: Only the controllers of the canister ${target} can control it\\.`),
    );
    expect(answer.message).toContain(Principal.anonymous().toText());
  });

  rule('a canister may ask for its own status without being its controller', async (ic) => {
    const proxy = await deployProxy(ic);
    await proxy.launch(managing('canister_status', { canister_id: proxy.id }));
    await ic.ticks(2);
    const answer = await answerOf(proxy, 0);
    expect(answer.code).toBe(0);
    expect(statusOf(decodeResult('canister_status', answer.data))).toBe('running');
  });

  rule('at most ten controllers; an eleventh is refused, and the ten stay', async (ic) => {
    const canister = await ic.pic.createCanister();
    const ten = [Principal.anonymous(), ...Array.from({ length: 9 }, (_, index) => principal(index + 10))];
    await ic.pic.updateCanisterSettings({ canisterId: canister, controllers: ten });
    const eleven = [...ten, principal(99)];
    await rejectOf(ic.pic.updateCanisterSettings({ canisterId: canister, controllers: eleven }));
    expect((await ic.pic.getControllers(canister)).map(String).sort()).toEqual(ten.map(String).sort());
  });

  rule('a controller that was removed is one no longer', async (ic) => {
    const canister = await deployParts(ic);
    await ic.pic.updateCanisterSettings({ canisterId: canister, controllers: [STRANGER] });
    expect((await rejectOf(ic.take(canister))).errorCode).toBe('IC0512');
    expect(statusOf(await ic.status(canister, STRANGER))).toBe('running');
  });

  rule('the history tells creation, code and controllers, by whom and in which version', async (ic) => {
    const { manager, target } = await pair(ic);
    await ic.upgrade(target, await watFile('parts'));
    await ic.manage('uninstall_code', { canister_id: target, sender_canister_version: [] });
    await manager.launch(managing('canister_info', { canister_id: target, num_requested_changes: [20n] }));
    await ic.ticks(2);
    const { data } = await answerOf(manager, 0);
    const info = decodeResult('canister_info', data);
    expect(info.recent_changes.map(({ details }) => tagOf(details))).toEqual([
      'creation',
      'code_deployment',
      'controllers_change',
      'code_deployment',
      'code_uninstall',
    ]);
    expect(info.total_num_changes).toBe(5n);
    expect(info.module_hash).toEqual([]);
    expect(info.controllers.map(String).sort()).toEqual([`${manager.id}`, Principal.anonymous().toText()].sort());
    const versions = info.recent_changes.map(({ canister_version }) => canister_version);
    expect(versions).toEqual([...versions].sort((one, other) => Number(one - other)));
  });

  rule('cycles can be added, and are counted exactly', async (ic) => {
    const canister = await ic.pic.createCanister({ cycles: 1_000_000_000_000n });
    const before = BigInt(await ic.pic.getCyclesBalance(canister));
    expect(BigInt(await ic.pic.addCycles(canister, 12_345n))).toBe(before + 12_345n);
    expect(BigInt(await ic.pic.getCyclesBalance(canister))).toBe(before + 12_345n);
  });

  rule('raw_rand is for canisters only, gives 32 bytes, and other ones each time', async (ic) => {
    expect((await rejectOf(ic.manage('raw_rand', undefined))).errorCode).toBe('IC0406');
    const proxy = await deployProxy(ic);
    await proxy.launch(managing('raw_rand', undefined), managing('raw_rand', undefined, { after: 0 }));
    await ic.ticks(6);
    const [first, second] = [await answerOf(proxy, 0), await answerOf(proxy, 1)];
    const [one, other] = [decodeResult('raw_rand', first.data), decodeResult('raw_rand', second.data)];
    expect([one.length, other.length]).toEqual([32, 32]);
    expect(one).not.toEqual(other);
  });

  rule('a management method that does not exist is IC0536', async (ic) => {
    const proxy = await deployProxy(ic);
    const step = managing('raw_rand', undefined);
    await proxy.launch({ ...step, method: 'make_coffee' });
    await ic.ticks(2);
    const answer = await answerOf(proxy, 0);
    expect(answer.message).toMatch(/^IC0536: Management canister has no method 'make_coffee'/);
  });

  rule('an argument that is no Candid is IC0408', async (ic) => {
    const proxy = await deployProxy(ic);
    const { callee } = managing('raw_rand', undefined);
    await proxy.launch({ callee, method: 'canister_status', payload: Uint8Array.of(1, 2, 3) });
    await ic.ticks(2);
    expect((await answerOf(proxy, 0)).message).toMatch(/^IC0408: /);
  });
});
