/**
 * What is due when, with the earliest found in time that grows with the logarithm of the number of targets. It lives in
 * the heap: rolled back with it, and built anew after an upgrade.
 */

interface Due {
  readonly canister: string;
  readonly at: bigint;
}

/** A binary heap in which an entry that was replaced stays until it comes up. */
export class DueQueue {
  private readonly current = new Map<string, Due>();
  private heap: Due[] = [];

  /** When a canister is due; never, if undefined. */
  set(canister: string, at: bigint | undefined): void {
    if (this.current.get(canister)?.at === at) return;
    if (at === undefined) {
      this.current.delete(canister);
      return;
    }
    const due = { canister, at };
    this.current.set(canister, due);
    push(this.heap, due);
    // What was replaced stays in the heap: never more of it than of what counts.
    if (this.heap.length > 2 * this.current.size + 8) this.rebuild();
  }

  /** The canister that is due first among those that `includes` takes; the first in order among those of one time. */
  earliest(includes: (canister: string) => boolean): Due | undefined {
    const passed: Due[] = [];
    let found: Due | undefined;
    for (let due = this.heap[0]; due !== undefined; due = this.heap[0]) {
      const counts = this.current.get(due.canister) === due;
      if (counts && includes(due.canister)) {
        found = due;
        break;
      }
      pop(this.heap);
      if (counts) passed.push(due);
    }
    for (const due of passed) push(this.heap, due);
    return found;
  }

  private rebuild(): void {
    this.heap = [];
    for (const due of this.current.values()) push(this.heap, due);
  }
}

function before(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.canister < b.canister);
}

function push(heap: Due[], due: Due): void {
  let at = heap.push(due) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(due, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = due;
}

function pop(heap: Due[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
    if (!before(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
}
