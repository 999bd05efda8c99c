import { decode, encode } from 'cbor2';
import { assert, LocalIcError } from '../errors.ts';
import type { Machine } from '../execution/machine.ts';
import { type PrincipalText, principalFromBytes, principalToBytes } from '../principal.ts';
import { runRound } from '../scheduler/index.ts';
import type { IcState, IngressMessage } from '../state/types.ts';
import { enqueueIngress } from './door.ts';

/**
 * All that the next round depends on beside the state after the round before: when it is, and which calls have come.
 * Whoever has a state and the records of the rounds after it can run them again, and gets the same state.
 */
interface RoundRecord {
  readonly round: number;
  readonly time: bigint;
  readonly blockTime: bigint;
  readonly messages: readonly unknown[][];
}

export function recordNextRound({ round, time, blockTime, ingressPool }: IcState): Uint8Array {
  const record: RoundRecord = { round: round + 1, time, blockTime, messages: ingressPool.map(packMessage) };
  return encode(record);
}

/** Runs a recorded round. One that the state has seen already is left out; one that leaves a gap throws `invalid_state`. */
export function replayRound(state: IcState, machine: Machine, bytes: Uint8Array): void {
  const record = decode(bytes) as RoundRecord;
  if (record.round <= state.round) return;
  if (record.round !== state.round + 1) {
    throw new LocalIcError(
      'invalid_state',
      `The record of round ${state.round + 1} is missing: the next one is of round ${record.round}.`,
    );
  }
  state.time = BigInt(record.time);
  state.blockTime = BigInt(record.blockTime);
  for (const fields of record.messages) enqueueIngress(state, unpackMessage(fields));
  runRound(state, machine);
  assert(state.round === record.round, 'a round counts one');
}

function packMessage(message: IngressMessage): unknown[] {
  const { messageId, sender, receiver, effectiveCanisterId, method, payload, expiry } = message;
  const ids = [sender, receiver, effectiveCanisterId].map(principalToBytes);
  return [messageId, ...ids, method, payload, expiry];
}

function unpackMessage(fields: readonly unknown[]): IngressMessage {
  const [messageId, sender, receiver, effective, method, payload, expiry] = fields;
  const principal = (bytes: unknown): PrincipalText => principalFromBytes(bytes as Uint8Array);
  return {
    kind: 'ingress',
    messageId: messageId as Uint8Array,
    sender: principal(sender),
    receiver: principal(receiver),
    effectiveCanisterId: principal(effective),
    method: method as string,
    payload: payload as Uint8Array,
    expiry: BigInt(expiry as bigint),
  };
}
