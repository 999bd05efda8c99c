/** The chat on a local IC, and the same chat bare: both get the same messages, so that both do the same work. */
import { type answer, CHAT, deploy, method, type Network, openNetwork, request } from '@canister-backup/story';
import type { CallRequest, CallResult, PrincipalText } from 'local-ic';
import { type BareCanister, bareCanister } from './bare.ts';
import type { Modules } from './modules.ts';

export const MESSAGE = 'a message of ordinary length';
/** Enough that a dump has something to tell, and the same for everyone who is compared. */
export const MESSAGES_BEFORE = 10;

export interface Pair {
  readonly network: Network;
  readonly chat: PrincipalText;
  readonly bare: BareCanister;
}

/** Both chats, with a few messages each. */
export function chatAndBare(modules: Modules): Pair {
  const network = openNetwork();
  const pair = { network, chat: deploy(network, modules.chatGzip), bare: bareCanister(modules.chat) };
  for (let count = 0; count < MESSAGES_BEFORE; count += 1) callBoth(pair, 'append', [MESSAGE]);
  return pair;
}

/** A long text with a word of spam in it. */
const longSpam = (length: number) => `casino ${'x'.repeat(length)}`;

/** Characters of the first one, and of the longest that fits into an ingress message. */
const [SHORTEST, LONGEST] = [200_000, 1_900_000];

/**
 * Grows the Wasm memory of both to at least this many bytes, and returns how many: a long message makes the chat ask for memory, removing it
 * as spam frees what it held, and memory never shrinks.
 */
export function growBoth(pair: Pair, bytes: number): number {
  const sizeNow = () => pair.network.ic.canister(pair.chat)?.wasmMemorySize ?? 0;
  for (let length = SHORTEST; sizeNow() < bytes && length <= LONGEST; length = Math.floor(length * 1.25)) {
    callBoth(pair, 'append', [longSpam(length)]);
    callBoth(pair, 'remove_spam', []);
  }
  const size = sizeNow();
  if (size < bytes) throw new Error(`the chat grew to ${size} bytes only`);
  if (pair.bare.memorySize() !== size) {
    throw new Error(`the bare chat has ${pair.bare.memorySize()} bytes of memory, the other ${size}: no comparison`);
  }
  return size;
}

function callBoth(pair: Pair, name: string, args: unknown[]): void {
  const call = requestTo(pair, name, args);
  const [one, other] = [replied(pair.network.ic.call(call)), pair.bare.call(`canister_update ${name}`, call.payload)];
  if (Buffer.compare(one, other) !== 0) throw new Error(`${name} answers otherwise on the local IC than bare`);
}

export function requestTo({ network, chat }: Omit<Pair, 'bare'>, name: string, args: unknown[]): CallRequest {
  return request({ method: method(CHAT, chat, name), args, sender: network.developer });
}

export function replied(result: CallResult): Uint8Array {
  if (result.kind === 'reject') throw new Error(result.reject.message);
  return result.data;
}

/** What a canister of ours answered with `Ok`. */
export function expectOk(name: string, given: ReturnType<typeof answer>): void {
  if (!/Ok = /.test(given.text)) throw new Error(`${name} answered ${given.text}`);
}
