import { bigEndian64, bytesToHex, sha256, utf8 } from '../bytes.ts';
import { checkWithdrawal, ingressFee } from '../cycles.ts';
import { err, ok, type Reject, type Result, reject } from '../errors.ts';
import { execute } from '../execution/execute.ts';
import type { Machine } from '../execution/machine.ts';
import { exportsOf } from '../execution/modules.ts';
import { executionErrorText } from '../execution/traps.ts';
import {
  INGRESS_DRIFT_NANOS,
  MAX_INGRESS_BYTES,
  MAX_INGRESS_TTL_NANOS,
  MAX_INSTRUCTIONS_PER_INSPECT,
} from '../limits.ts';
import { managementDoor } from '../management/index.ts';
import { MANAGEMENT_CANISTER, type PrincipalText, principalToBytes } from '../principal.ts';
import { notTaking } from '../scheduler/index.ts';
import type { CanisterState, IcState, IngressMessage } from '../state/types.ts';
import type { CallRequest } from '../types.ts';

/** Where a call is addressed and what a user's call looks like once it is admitted. */
export interface Door {
  readonly state: IcState;
  readonly machine: Machine;
  /** Makes equal calls without a nonce different messages. */
  readonly counter: bigint;
}

/**
 * Admits a call as the HTTP door of a replica does: size, expiry, receiver's status, rights and inspect_message, all on
 * the latest state and without a trace. The same request id is admitted once.
 */
export function admit(door: Door, request: CallRequest): Result<IngressMessage> {
  const { state } = door;
  if (request.payload.length > MAX_INGRESS_BYTES) {
    return err(
      'IC0406',
      `The argument has ${request.payload.length} bytes; an ingress message may have ${MAX_INGRESS_BYTES}.`,
    );
  }
  const expiry = request.expiry ?? state.time + MAX_INGRESS_TTL_NANOS;
  if (expiry < state.time || expiry > state.time + MAX_INGRESS_TTL_NANOS + INGRESS_DRIFT_NANOS) {
    return err(
      'IC0202',
      `Invalid request expiry: Specified ingress_expiry not within expected range: now is ${state.time}, expiry ${expiry}.`,
    );
  }
  const target =
    request.canisterId === MANAGEMENT_CANISTER ? managementTarget(door, request) : canisterTarget(door, request);
  if (!target.ok) return target;
  return ok({
    kind: 'ingress',
    messageId: request.messageId ?? messageId(request, expiry, door.counter),
    sender: request.sender,
    receiver: request.canisterId,
    effectiveCanisterId: target.value,
    method: request.method,
    payload: request.payload,
    expiry,
  });
}

/** Keeps an admitted message for the next round, unless its id is known already. */
export function enqueueIngress(state: IcState, message: IngressMessage): void {
  const key = bytesToHex(message.messageId);
  if (state.ingressHistory.has(key)) return;
  state.ingressHistory.set(key, {
    messageId: message.messageId,
    sender: message.sender,
    receiver: message.receiver,
    effectiveCanisterId: message.effectiveCanisterId,
    expiry: message.expiry,
    status: { kind: 'received' },
  });
  state.ingressPool.push(message);
}

function managementTarget({ state }: Door, request: CallRequest): Result<PrincipalText> {
  const door = managementDoor(state, { sender: request.sender, method: request.method, payload: request.payload });
  if (!door.ok) return door;
  const named = door.effectiveCanisterId;
  const given = request.effectiveCanisterId;
  if (
    named !== null &&
    given !== undefined &&
    given !== named &&
    given !== MANAGEMENT_CANISTER &&
    state.canisters.has(given)
  ) {
    return err('IC0408', `The call is addressed to canister ${given}, but its argument names ${named}.`);
  }
  return ok(named ?? given ?? MANAGEMENT_CANISTER);
}

function canisterTarget(door: Door, request: CallRequest): Result<PrincipalText> {
  const canister = door.state.canisters.get(request.canisterId);
  if (canister === undefined) return err('IC0301', `Canister ${request.canisterId} not found`);
  const problem =
    notTaking(canister) ??
    codeProblem(canister) ??
    fundsProblem(door.state, canister, request) ??
    inspect(door, canister, request);
  return problem === null ? ok(canister.id) : { ok: false, error: problem };
}

function codeProblem(canister: CanisterState): Reject | null {
  return canister.code === null ? reject('IC0537', 'Requested canister has no wasm module') : null;
}

function fundsProblem(state: IcState, canister: CanisterState, request: CallRequest): Reject | null {
  const cost = ingressFee(state, request.payload.length + request.method.length);
  const payable = checkWithdrawal(state, canister, {
    cost,
    revealMissing: canister.controllers.includes(request.sender),
  });
  return payable.ok ? null : payable.error;
}

/** Lets the canister look at the call first; without the hook, every call is accepted. */
function inspect(door: Door, canister: CanisterState, request: CallRequest): Reject | null {
  if (!exportsOf(canister).has('canister_inspect_message')) return null;
  const outcome = execute(door, canister, {
    kind: 'inspect_message',
    entry: { kind: 'export', name: 'canister_inspect_message' },
    instructionLimit: MAX_INSTRUCTIONS_PER_INSPECT,
    caller: request.sender,
    arg: request.payload,
    method: request.method,
  });
  if (outcome.result.kind === 'trapped') {
    const { trap } = outcome.result;
    return reject(trap.errorCode, executionErrorText(canister.id, trap));
  }
  return outcome.result.effects.messageAccepted ? null : reject('IC0406', 'Canister rejected the message');
}

/** The hash of everything that makes a call this call. */
function messageId(request: CallRequest, expiry: bigint, counter: bigint): Uint8Array {
  const nonce = request.nonce ?? bigEndian64(counter);
  const parts = [
    principalToBytes(request.sender),
    principalToBytes(request.canisterId),
    utf8(request.method),
    request.payload,
    bigEndian64(expiry),
    nonce,
  ];
  return sha256(...parts.flatMap((part) => [bigEndian64(BigInt(part.length)), part]));
}
