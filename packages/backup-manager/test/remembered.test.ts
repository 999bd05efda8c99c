import type { StableBTreeMap } from 'azle';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RememberedMap } from '../src/store/remembered.ts';

/** A stable map as far as it is used: sorted, and every value that comes out is decoded anew. */
class Stable {
  readonly bytes = new Map<string, string>();
  decoded = 0;
  get(key: string) {
    const found = this.bytes.get(key);
    if (found === undefined) return undefined;
    this.decoded += 1;
    return JSON.parse(found) as unknown;
  }
  insert(key: string, value: unknown) {
    this.bytes.set(key, JSON.stringify(value));
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

const remembered = (stable: Stable) =>
  new RememberedMap<string, unknown>(stable as unknown as StableBTreeMap<string, unknown>);

const step = fc.record({
  do: fc.constantFrom('insert', 'remove', 'get', 'upgrade'),
  key: fc.constantFrom('a', 'b', 'c'),
  value: fc.nat(3),
});

describe('a map that remembers', () => {
  it('is what the stable map is, whatever happens, and after an upgrade at any time', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, recalls) => {
        const stable = new Stable();
        let map = remembered(stable);
        for (const { do: name, key, value } of steps) {
          if (name === 'insert') map.insert(key, { value });
          if (name === 'remove') map.remove(key);
          if (name === 'get') expect(map.get(key)).toEqual(stable.get(key));
          if (name === 'upgrade') {
            map = remembered(stable);
            if (recalls) map.recall();
          }
          expect(map.items()).toEqual(stable.items());
          expect([map.len(), map.keys(), map.containsKey(key)]).toEqual([
            stable.len(),
            stable.keys(),
            stable.containsKey(key),
          ]);
        }
      }),
    );
  });

  it('decodes nothing that it was told or has recalled', () => {
    const stable = new Stable();
    stable.insert('before the upgrade', 1);
    const map = remembered(stable);
    map.recall();
    map.insert('after it', 2);
    stable.decoded = 0;
    expect(map.values()).toEqual([2, 1]);
    expect(stable.decoded).toBe(0);
  });
});
