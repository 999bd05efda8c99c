/**
 * Which life of this heap it is. A snapshot of the manager that is loaded brings back a heap that believes in calls which
 * nobody will answer; once that is noticed, everything that counts calls in the heap begins anew.
 */

let number = 0;
const begun: (() => void)[] = [];

/** A call that was sent in another life than this one is not waited for, whatever becomes of it. */
export function incarnation(): number {
  return number;
}

/** What is kept in the heap of open calls is forgotten by `forget` when a new life begins. */
export function whenReborn(forget: () => void): void {
  begun.push(forget);
}

export function beginAnew(): void {
  number += 1;
  for (const forget of begun) forget();
}
