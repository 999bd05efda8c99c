/**
 * A stable map whose values are kept decoded in the heap as well, because decoding is what most of its reads would cost.
 * A trap undoes both together, and an upgrade leaves the heap empty: `recall` fills it in the execution of the upgrade,
 * so that queries over every target, which cannot fill it themselves, stay within their limit. Values are never changed
 * in place.
 */
import type { StableBTreeMap } from 'azle';

export class RememberedMap<Key, Value> {
  private readonly stable: StableBTreeMap<Key, Value>;
  private readonly decoded = new Map<Key, Value>();

  constructor(stable: StableBTreeMap<Key, Value>) {
    this.stable = stable;
  }

  recall(): void {
    for (const [key, value] of this.stable.items()) this.decoded.set(key, value);
  }

  get(key: Key): Value | undefined {
    const known = this.decoded.get(key);
    if (known !== undefined) return known;
    const found = this.stable.get(key);
    if (found !== undefined) this.decoded.set(key, found);
    return found;
  }

  insert(key: Key, value: Value): void {
    this.stable.insert(key, value);
    this.decoded.set(key, value);
  }

  remove(key: Key): void {
    this.stable.remove(key);
    this.decoded.delete(key);
  }

  containsKey(key: Key): boolean {
    return this.decoded.has(key) || this.stable.containsKey(key);
  }

  len(): number {
    return this.stable.len();
  }

  /** In order. */
  keys(): Key[] {
    return this.stable.keys();
  }

  /** In the order of their keys. */
  values(): Value[] {
    return this.keys().map((key) => this.get(key)!);
  }

  /** In the order of their keys. */
  items(): [Key, Value][] {
    return this.keys().map((key) => [key, this.get(key)!]);
  }
}
