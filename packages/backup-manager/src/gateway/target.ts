/** The only file that calls a method of a target: one that its policy names. */
import { hexToBytes, type Probe, type ProbeReply, readReply, type TargetMethod } from '@canister-backup/shared';
import { call } from 'azle';
import { counted } from './management.ts';

/** The bytes of the answer. A method that never answers keeps the call open, and the manager from stopping. */
export function callTarget(canister: string, { method, arg }: TargetMethod): Promise<Uint8Array> {
  return counted(call(canister, method, { raw: true, args: hexToBytes(arg) ?? new Uint8Array() }));
}

/** What is kept of the answer to a probe. */
export async function probeTarget(canister: string, probe: Probe): Promise<ProbeReply> {
  return readReply(await callTarget(canister, probe));
}
