import type { StableBTreeMap } from 'azle';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RememberedMap } from '../src/store/remembered.ts';

/** A stable map as far as it is used: sorted, of bytes. */
class Stable {
  readonly bytes = new Map<string, Uint8Array>();
  get(key: string) {
    return this.bytes.get(key);
  }
  insert(key: string, value: Uint8Array) {
    this.bytes.set(key, value);
  }
  remove(key: string) {
    this.bytes.delete(key);
  }
  containsKey(key: string) {
    return this.bytes.has(key);
  }
  len() {
    return this.bytes.size;
  }
  keys() {
    return [...this.bytes.keys()].sort();
  }
  items() {
    return this.keys().map((key) => [key, this.get(key)]);
  }
}

let decoded = 0;
const CODEC = {
  encode: (value: unknown) => new TextEncoder().encode(JSON.stringify(value)),
  decode: (bytes: Uint8Array) => {
    decoded += 1;
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  },
};

const remembered = (stable: Stable, atMost?: number) =>
  new RememberedMap<string, unknown>(stable as unknown as StableBTreeMap<string, Uint8Array>, CODEC, atMost);

const decodedOf = (bytes: Uint8Array | undefined) => bytes && CODEC.decode(bytes);

const step = fc.record({
  do: fc.constantFrom('insert', 'remove', 'get', 'upgrade'),
  key: fc.constantFrom('a', 'b', 'c'),
  value: fc.nat(3),
});

describe('a map that remembers', () => {
  it('is what the stable map is, whatever happens, and after an upgrade at any time', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.boolean(),
        fc.constantFrom(1, 2, 9),
        (steps, recalls, atMost) => {
          const stable = new Stable();
          let map = remembered(stable, atMost);
          for (const { do: name, key, value } of steps) {
            if (name === 'insert') map.insert(key, { value });
            if (name === 'remove') map.remove(key);
            if (name === 'get') expect(map.get(key)).toEqual(decodedOf(stable.get(key)));
            if (name === 'upgrade') {
              map = remembered(stable, atMost);
              if (recalls) map.recall();
            }
            expect(map.items()).toEqual(stable.keys().map((name) => [name, decodedOf(stable.get(name))]));
            expect([map.len(), map.keys(), map.containsKey(key)]).toEqual([
              stable.len(),
              stable.keys(),
              stable.containsKey(key),
            ]);
          }
        },
      ),
    );
  });

  it('decodes nothing that it was told or has recalled', () => {
    const stable = new Stable();
    stable.insert('before the upgrade', CODEC.encode(1));
    const map = remembered(stable);
    map.recall();
    map.insert('after it', 2);
    decoded = 0;
    expect(map.values()).toEqual([2, 1]);
    expect(decoded).toBe(0);
  });
});
