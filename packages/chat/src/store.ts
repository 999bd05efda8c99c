/**
 * The state in stable memory, so that it survives upgrades.
 *
 * One map for messages and counter: each map of azle claims a bucket of its own, 8 MiB of stable memory, and a snapshot
 * counts claimed memory whether it is used or not (README.md says what else it counts).
 *
 * Keys: `00` holds the counter, `01` and the position (64 bits, big-endian, so that keys sort by position) a message.
 * Bytes are written and read here, because azle's default, JSON with the decoder it brings in JavaScript, costs about
 * fifteen times the instructions.
 */
import { type Serializable, StableBTreeMap } from 'azle';
import type { Store } from './domain.ts';

/** Never to be used for anything else: the data of an installed canister is found by it. */
const MEMORY_ID = 0;

const COUNTER_KEY = Uint8Array.of(0);
const MESSAGE_TAG = 1;

const BYTES: Serializable = { toBytes: (bytes: Uint8Array) => bytes, fromBytes: (bytes) => bytes };

export function createStore(): Store {
  const map = new StableBTreeMap<Uint8Array, Uint8Array>(MEMORY_ID, BYTES, BYTES);

  const length = (): number => {
    const bytes = map.get(COUNTER_KEY);
    return bytes === undefined ? 0 : decodeCount(bytes);
  };
  const size = (): number => map.len() - (map.containsKey(COUNTER_KEY) ? 1 : 0);
  const messageAt = (position: number): Uint8Array => {
    const bytes = map.get(messageKey(position));
    if (bytes === undefined) throw new Error(`message ${position} is not where it should be`);
    return bytes;
  };
  const messages = (): string[] => Array.from({ length: size() }, (_, position) => decodeText(messageAt(position)));

  return {
    length,
    setLength(value) {
      map.insert(COUNTER_KEY, encodeCount(value));
    },
    size,
    messages,
    push(message) {
      map.insert(messageKey(size()), encodeText(message));
    },
    take() {
      const taken = messages();
      taken.forEach((_, position) => {
        map.remove(messageKey(position));
      });
      return taken;
    },
    put(messages) {
      messages.forEach((message, position) => {
        map.insert(messageKey(position), encodeText(message));
      });
    },
  };
}

function messageKey(position: number): Uint8Array {
  const key = new Uint8Array(9);
  key[0] = MESSAGE_TAG;
  new DataView(key.buffer).setBigUint64(1, BigInt(position));
  return key;
}

function encodeCount(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

function decodeCount(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0));
}

function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
