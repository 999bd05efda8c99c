/** Chance from one number: equal seeds give equal sequences, on every machine and in every version of Node. */

const UINT32 = 0x1_0000_0000;

/** A stream of numbers (sfc32). */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** @param seed an integer of up to 53 bits */
  constructor(seed: number) {
    this.a = seed >>> 0;
    this.b = Math.floor(seed / UINT32) >>> 0;
    this.c = 0x9e37_79b9;
    for (let i = 0; i < 15; i += 1) this.next();
  }

  /** 0 to 2^32 - 1. */
  private next(): number {
    const sum = (this.a + this.b + this.counter) >>> 0;
    this.counter = (this.counter + 1) >>> 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) >>> 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) >>> 0;
    return sum;
  }

  /** 0 to below - 1. */
  below(below: number): number {
    return Math.floor((this.next() / UINT32) * below);
  }

  /** `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('nothing to pick from');
    return list[this.below(list.length)] as T;
  }

  /** A part of the list, at least one of it, in its order. */
  some<T>(list: readonly T[]): T[] {
    const picked = list.filter(() => this.below(2) === 0);
    return picked.length > 0 ? picked : [this.pick(list)];
  }
}
