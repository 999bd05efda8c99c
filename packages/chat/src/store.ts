/**
 * The state in stable memory, so that it survives upgrades.
 *
 * One map for messages and counter: each map of azle claims a bucket of its own, 8 MiB of stable memory, and a snapshot
 * counts what is claimed, whether it is used or not (README.md says what else it counts).
 *
 * Keys: `00` holds the counter, `01` and the position (64 bits, big-endian, so that keys sort by position) a message.
 * They are bytes of our own, because azle's default is JSON, in which 10 sorts before 2.
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

  const hasCounter = (): boolean => map.containsKey(COUNTER_KEY);
  const size = (): number => map.len() - (hasCounter() ? 1 : 0);
  // The counter's key sorts before every message.
  const messages = (): string[] => map.values(hasCounter() ? 1 : 0).map(decodeText);

  return {
    length() {
      const bytes = map.get(COUNTER_KEY);
      return bytes === undefined ? 0 : decodeCount(bytes);
    },
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
