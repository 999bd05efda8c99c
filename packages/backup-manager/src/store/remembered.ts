/**
 * A stable map whose values are kept decoded in the heap as well, because decoding is what most of its reads would cost.
 * A trap undoes both together, and an upgrade leaves the heap empty: `recall` fills it in the execution of the upgrade,
 * so that queries over every target, which cannot fill it themselves, stay within their limit. Values are never changed
 * in place.
 */
import type { StableBTreeMap } from 'azle';

export interface Codec<Value> {
  readonly encode: (value: Value) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => Value;
}

export class RememberedMap<Key, Value> {
  private readonly stable: StableBTreeMap<Key, Uint8Array>;
  private readonly codec: Codec<Value>;
  private readonly atMost: number;
  private readonly decoded = new Map<Key, Value>();

  /** @param atMost values that are kept, of a map that grows for ever; those that were used first go first */
  constructor(stable: StableBTreeMap<Key, Uint8Array>, codec: Codec<Value>, atMost = Number.POSITIVE_INFINITY) {
    this.stable = stable;
    this.codec = codec;
    this.atMost = atMost;
  }

  recall(): void {
    for (const [key, bytes] of this.stable.items()) this.keep(key, this.codec.decode(bytes));
  }

  get(key: Key): Value | undefined {
    const known = this.decoded.get(key);
    if (known !== undefined) return known;
    const bytes = this.stable.get(key);
    if (bytes === undefined) return undefined;
    const value = this.codec.decode(bytes);
    this.keep(key, value);
    return value;
  }

  insert(key: Key, value: Value): void {
    this.stable.insert(key, this.codec.encode(value));
    this.keep(key, value);
  }

  private keep(key: Key, value: Value): void {
    this.decoded.set(key, value);
    if (this.decoded.size > this.atMost) this.decoded.delete(this.decoded.keys().next().value!);
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
