/**
 * What the chat does, without azle: the rules, and the bug that the demo restores from.
 *
 * Invariant: the length counter equals the number of messages. `append` checks it; `removeSpam` breaks it.
 */

/** The chat's state. The messages and their counter are kept apart, as in the chat this one is modelled on. */
export interface Store {
  /** The counter kept beside the messages. */
  length(): number;
  setLength(length: number): void;
  /** How many messages there really are. */
  size(): number;
  /** The oldest first. */
  messages(): string[];
  push(message: string): void;
  /** Moves all messages out, oldest first. The counter stays as it is. */
  take(): string[];
  /** Puts messages into the empty state. The counter stays as it is. */
  put(messages: readonly string[]): void;
}

const SPAM_WORDS: ReadonlySet<string> = new Set(['coupon', 'giveaway', 'casino']);
const REMOVED = '(removed spam message)';

/** @returns nothing, or why the message was not added */
export function append(store: Store, message: string): string | undefined {
  const [length, size] = [store.length(), store.size()];
  if (length !== size) {
    return `assertion failed: the length counter is ${length}, but the number of messages is ${size}`;
  }
  store.push(message);
  store.setLength(length + 1);
  return undefined;
}

export function dump(store: Store): string[] {
  return store.messages();
}

/**
 * Blanks every message that holds a word of spam.
 *
 * The bug, kept on purpose: the messages are moved out of the state and put back only if one of them was spam. A chat
 * without spam is emptied, while the counter stays, so that `append` refuses from then on.
 *
 * @returns how many messages were blanked
 */
export function removeSpam(store: Store): number {
  const messages = store.take();
  const spam = messages.filter(isSpam).length;
  if (spam > 0) store.put(messages.map((message) => (isSpam(message) ? REMOVED : message)));
  return spam;
}

/** Words are what single spaces separate, and compare exactly: `Casino` and `casino!` are not spam. */
export function isSpam(message: string): boolean {
  return message.split(' ').some((word) => SPAM_WORDS.has(word));
}
