import { concatBytes, utf8Lossy } from '../bytes.ts';
import { callFee, callHold } from '../cycles.ts';
import { MAX_BEST_EFFORT_SECONDS, MAX_METHOD_NAME_BYTES, MAX_REQUEST_BYTES, QUEUE_CAPACITY } from '../limits.ts';
import { MAX_PRINCIPAL_BYTES, principalFromBytes } from '../principal.ts';
import { type CallUnderConstruction, contractViolation, type Execution, HostTrap } from './execution.ts';
import { amountOf, type Guest, guestSlice, type HostFunctions, readGuest } from './guest.ts';

/** `call_perform` could not enqueue the call: SYS_TRANSIENT, nothing was spent. */
const NOT_PERFORMED = 2;
const NANOS_PER_SECOND = 1_000_000_000n;

/** Building and sending a call to another canister (interface specification, "Inter-canister calls"). */
export function callFunctions(guest: Guest): HostFunctions {
  return {
    call_new: (...words: number[]) => newCall(guest, words),
    call_on_cleanup: (index: number, env: number) => {
      const call = constructed(guest, 'ic0_call_on_cleanup');
      if (call.cleanup !== null)
        contractViolation(
          'ic0_call_on_cleanup can be called at most once between `ic0.call_new` and `ic0.call_perform`',
        );
      call.cleanup = { index: index >>> 0, env: env >>> 0 };
    },
    call_data_append: (source: number, size: number) => {
      const call = constructed(guest, 'ic0_call_data_append');
      if (call.payloadBytes + call.method.length + (size >>> 0) > MAX_REQUEST_BYTES) {
        contractViolation(
          `ic0_call_data_append: the payload of a call may have at most ${MAX_REQUEST_BYTES} bytes with the method's name.`,
        );
      }
      const chunk = readGuest(guest, source, size);
      call.payload.push(chunk);
      call.payloadBytes += chunk.length;
    },
    call_with_best_effort_response: (timeoutSeconds: number) => {
      const call = constructed(guest, 'ic0_call_with_best_effort_response');
      if (call.timeoutSeconds !== null)
        contractViolation('ic0_call_with_best_effort_response: a timeout is set already.');
      call.timeoutSeconds = Math.min(timeoutSeconds >>> 0, MAX_BEST_EFFORT_SECONDS);
    },
    call_cycles_add: (amount: bigint) => addCycles(guest, BigInt.asUintN(64, amount)),
    call_cycles_add128: (high: bigint, low: bigint) => addCycles(guest, amountOf(high, low)),
    call_perform: () => perform(guest),
  };
}

function newCall(guest: Guest, words: readonly number[]): void {
  const [
    callee = 0,
    calleeSize = 0,
    name = 0,
    nameSize = 0,
    replyIndex = 0,
    replyEnv = 0,
    rejectIndex = 0,
    rejectEnv = 0,
  ] = words;
  const execution = guest.execution();
  dropConstruction(execution);
  if (calleeSize >>> 0 > MAX_PRINCIPAL_BYTES) contractViolation('ic0_call_new: the callee is not a principal.');
  if (nameSize >>> 0 > MAX_METHOD_NAME_BYTES)
    contractViolation(`ic0_call_new: a method name may have at most ${MAX_METHOD_NAME_BYTES} bytes.`);
  execution.construction = {
    receiver: principalFromBytes(readGuest(guest, callee, calleeSize)),
    method: readGuest(guest, name, nameSize),
    payload: [],
    payloadBytes: 0,
    cycles: 0n,
    reply: { index: replyIndex >>> 0, env: replyEnv >>> 0 },
    reject: { index: rejectIndex >>> 0, env: rejectEnv >>> 0 },
    cleanup: null,
    timeoutSeconds: null,
  };
}

function constructed(guest: Guest, name: string): CallUnderConstruction {
  const call = guest.execution().construction;
  if (call === null) contractViolation(`${name} called when no call is under construction.`);
  return call;
}

/** An unfinished call gives its cycles back. */
function dropConstruction(execution: Execution): void {
  if (execution.construction === null) return;
  execution.balance += execution.construction.cycles;
  execution.construction = null;
}

export function liquidBalance(execution: Execution): bigint {
  const liquid = execution.balance - execution.input.freezingLimit;
  return liquid > 0n ? liquid : 0n;
}

function addCycles(guest: Guest, amount: bigint): void {
  const call = constructed(guest, 'ic0_call_cycles_add');
  const execution = guest.execution();
  if (amount > liquidBalance(execution)) {
    throw new HostTrap(
      'IC0504',
      `Canister ${execution.input.canisterId} is out of cycles: it cannot add ${amount} cycles to a call, ${liquidBalance(execution)} are liquid.`,
    );
  }
  execution.balance -= amount;
  call.cycles += amount;
}

function perform(guest: Guest): number {
  const call = constructed(guest, 'ic0_call_perform');
  const execution = guest.execution();
  const { input } = execution;
  const payload = concatBytes(...call.payload);
  const free = input.config.costSchedule === 'free';
  const fee = free ? 0n : callFee(call.method.length + payload.length);
  const prepaid = free ? 0n : callHold();
  const queued = execution.calls.filter((other) => other.receiver === call.receiver).length;
  if (fee + prepaid > liquidBalance(execution) || input.inFlight(call.receiver) + queued >= QUEUE_CAPACITY) {
    dropConstruction(execution);
    return NOT_PERFORMED;
  }
  execution.balance -= fee + prepaid;
  execution.construction = null;
  execution.calls.push({
    receiver: call.receiver,
    method: utf8Lossy(call.method),
    payload,
    cycles: call.cycles,
    reply: call.reply,
    reject: call.reject,
    cleanup: call.cleanup,
    deadline: call.timeoutSeconds === null ? 0n : input.time + BigInt(call.timeoutSeconds) * NANOS_PER_SECOND,
    prepaid,
  });
  return 0;
}

/** For `ic0.cost_call`: the fee and what is held until the answer. */
export function costOfCall(guest: Guest, sizes: { readonly method: bigint; readonly payload: bigint }): bigint {
  const { config } = guest.execution().input;
  return config.costSchedule === 'free' ? 0n : callFee(Number(sizes.method + sizes.payload)) + callHold();
}

/** Copies a principal out of guest memory. Traps if it is none. */
export function readPrincipal(guest: Guest, source: number, size: number) {
  if (size >>> 0 > MAX_PRINCIPAL_BYTES) contractViolation('the bytes are not a principal.');
  return principalFromBytes(guestSlice(guest, source, size));
}
