import { describe, expect, test } from 'vitest';
import {
  callFee,
  callHold,
  checkWithdrawal,
  dueCharge,
  executionFee,
  freezingLimit,
  idleBurnPerDay,
  ingressFee,
  isFrozen,
  liquidCycles,
  memoryUsage,
  messageMemory,
  responseTransmissionRefund,
} from '../../src/cycles.ts';
import { chargeResources } from '../../src/management/index.ts';
import { EMPTY_MEMORY, withPages } from '../../src/state/pages.ts';
import type { CanisterState } from '../../src/state/types.ts';
import { BOB, install, openCall, type Subnet, testSubnet } from './subnet.ts';

const GIB = 1_073_741_824n;
const SECOND = 1_000_000_000n;

/** A canister that uses exactly this many bytes. */
function canisterOf(subnet: Subnet, bytes: bigint): CanisterState {
  const canister = subnet.addCanister();
  canister.snapshots.set('00', {
    id: new Uint8Array(18),
    canisterId: canister.id,
    takenAt: 0n,
    size: bytes,
    source: 'taken_from_canister',
    canisterVersion: 0n,
    code: {
      wasmModule: new Uint8Array(),
      moduleHash: new Uint8Array(),
      memory: EMPTY_MEMORY,
      stableMemory: withPages(EMPTY_MEMORY, 0, []),
      globals: [],
      certifiedData: new Uint8Array(),
    },
    chunkStore: new Map(),
    globalTimer: null,
    lowMemoryHook: null,
    checkpointed: null,
  });
  return canister;
}

function charge(subnet: Subnet, time: bigint): void {
  chargeResources(subnet.state, time, {
    machine: subnet.machine,
    respondToCall: (canisterId, callContext, reject) => subnet.responses.push({ canisterId, callContext, reject }),
  });
}

describe('fees (system-api reference, section 6)', () => {
  const subnet = testSubnet();

  test('execution, ingress, calls', () => {
    expect(executionFee(subnet.state, 7n)).toBe(5_000_007n);
    expect(ingressFee(subnet.state, 10)).toBe(1_220_000n);
    expect(callFee(3)).toBe(263_000n);
    // The snapshots reference names the sum with the call's own fixed fee: 42 102 412 000.
    expect(callHold()).toBe(42_102_152_000n);
    expect(callHold() + callFee(0)).toBe(42_102_412_000n);
  });

  test('what an answer does not use of its transmission comes back', () => {
    expect(responseTransmissionRefund(subnet.state, { kind: 'reply', data: new Uint8Array(2) })).toBe(2_097_150_000n);
    expect(responseTransmissionRefund(subnet.state, { kind: 'reject', code: 4, message: 'ü' })).toBe(2_097_150_000n);
  });

  test('storage: 127 000 per GiB and second; the freezing limit is 30 days of it', () => {
    const canister = canisterOf(subnet, GIB);
    expect(idleBurnPerDay(subnet.state, canister)).toBe(127_000n * 86_400n);
    expect(freezingLimit(subnet.state, canister)).toBe(127_000n * 86_400n * 30n);
    canister.settings = {
      ...canister.settings,
      memoryAllocation: 2n * GIB,
      computeAllocation: 3n,
      freezingThreshold: 10n,
    };
    expect(freezingLimit(subnet.state, canister)).toBe((2n * 127_000n + 3n * 10_000_000n) * 10n);
    canister.reservedCycles = 1_000n;
    expect(freezingLimit(subnet.state, canister)).toBe((2n * 127_000n + 3n * 10_000_000n) * 10n - 1_000n);
  });

  test('each guaranteed answer that may still come or go counts as 2 MiB', () => {
    const canister = canisterOf(subnet, 0n);
    openCall(canister, { kind: 'canister', sender: BOB, callbackId: 0, deadline: 0n });
    openCall(canister, { kind: 'canister', sender: BOB, callbackId: 1, deadline: 1n });
    openCall(canister, { kind: 'ingress', sender: BOB, messageId: new Uint8Array(32) });
    expect(messageMemory(canister)).toBe(2_097_152n);
    expect(memoryUsage(canister)).toBe(0n);
  });

  test('free: nothing costs anything', () => {
    const free = testSubnet({ costSchedule: 'free' });
    const canister = canisterOf(free, GIB);
    canister.cycles = 0n;
    expect([executionFee(free.state, 7n), ingressFee(free.state, 7), freezingLimit(free.state, canister)]).toEqual([
      0n,
      0n,
      0n,
    ]);
    expect(isFrozen(free.state, canister)).toBe(false);
    charge(free, free.state.blockTime + 86_400n * SECOND);
    expect(canister.snapshots.size).toBe(1);
  });
});

test('a withdrawal may not go below the freezing limit, and only controllers learn what is missing', () => {
  const subnet = testSubnet();
  const canister = canisterOf(subnet, GIB);
  const limit = freezingLimit(subnet.state, canister);
  canister.cycles = limit + 10n;
  expect(liquidCycles(subnet.state, canister)).toBe(10n);
  expect(checkWithdrawal(subnet.state, canister, { cost: 10n, revealMissing: false }).ok).toBe(true);
  const message = (revealMissing: boolean) => {
    const result = checkWithdrawal(subnet.state, canister, { cost: 13n, revealMissing });
    return result.ok ? '' : `${result.error.errorCode} ${result.error.message}`;
  };
  expect(message(false)).toBe(`IC0207 Canister ${canister.id} is out of cycles`);
  expect(message(true)).toBe(
    `IC0207 Canister ${canister.id} is out of cycles: please top up the canister with at least 3 additional cycles`,
  );
});

describe('charges', () => {
  test('are due every ten seconds, for whole seconds', () => {
    const subnet = testSubnet();
    const canister = canisterOf(subnet, GIB);
    const start = canister.chargedAt;
    expect(dueCharge(subnet.state, canister, start + 10n * SECOND - 1n)).toBeNull();
    expect(dueCharge(subnet.state, canister, start + 12n * SECOND + 5n)).toEqual({
      cost: 12n * 127_000n,
      chargedAt: start + 12n * SECOND,
    });
  });

  test('take from the reserved balance first', () => {
    const subnet = testSubnet();
    const canister = canisterOf(subnet, GIB);
    const { cycles } = canister;
    canister.reservedCycles = 127_000n * 4n;
    charge(subnet, subnet.state.blockTime + 10n * SECOND);
    expect(canister).toMatchObject({ reservedCycles: 0n, cycles: cycles - 127_000n * 6n });
  });

  test('a canister that cannot pay loses code, snapshots and the rest of its cycles, and its callers get a reject', () => {
    const subnet = testSubnet();
    const canister = canisterOf(subnet, GIB);
    install(subnet, canister);
    openCall(canister, { kind: 'ingress', sender: BOB, messageId: new Uint8Array(32) });
    canister.cycles = 1_000_000n;
    charge(subnet, subnet.state.blockTime + 10n * SECOND);
    expect(canister).toMatchObject({ code: null, cycles: 0n, history: [], version: 2n });
    expect(canister.snapshots.size).toBe(0);
    expect(subnet.responses).toHaveLength(1);
    expect(subnet.state.canisters.has(canister.id)).toBe(true);
  });
});
