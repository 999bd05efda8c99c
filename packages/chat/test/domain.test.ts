import { describe, expect, test } from 'vitest';
import { append, dump, isSpam, removeSpam } from '../src/domain.ts';
import { memoryStore } from './memory-store.ts';

function chatWith(...messages: string[]) {
  const store = memoryStore();
  for (const message of messages) expect(append(store, message)).toBeUndefined();
  return store;
}

describe('append and dump', () => {
  test('a new chat is empty', () => {
    expect(dump(memoryStore())).toEqual([]);
  });

  test('messages stay in the order they came in, and are counted', () => {
    const store = chatWith('first', '', 'first', 'zażółć 🙂');
    expect(dump(store)).toEqual(['first', '', 'first', 'zażółć 🙂']);
    expect(store.length()).toBe(4);
  });

  test('append refuses, and changes nothing, when counter and messages disagree', () => {
    const store = memoryStore({ broken: 2 });
    expect(append(store, 'more')).toBe('assertion failed: the length counter is 2, but the number of messages is 0');
    expect(dump(store)).toEqual([]);
    expect(store.length()).toBe(2);
  });
});

describe('isSpam', () => {
  test.each(['coupon', 'a giveaway today', 'my casino', '  casino  ', 'casino casino'])('%j is spam', (message) => {
    expect(isSpam(message)).toBe(true);
  });

  test.each(['', 'Casino', 'casino!', 'coupons', 'a\tcoupon', 'giveaway\n', 'gi veaway'])('%j is not', (message) => {
    expect(isSpam(message)).toBe(false);
  });
});

describe('removeSpam', () => {
  test('blanks and counts messages, not words, and keeps their places', () => {
    const store = chatWith('hello', 'a coupon for a casino', 'bye', 'giveaway');
    expect(removeSpam(store)).toBe(2);
    expect(dump(store)).toEqual(['hello', '(removed spam message)', 'bye', '(removed spam message)']);
    expect(append(store, 'still works')).toBeUndefined();
  });

  test('what it leaves behind is not spam, so that the second run meets the bug', () => {
    const store = chatWith('casino');
    expect(removeSpam(store)).toBe(1);
    expect(removeSpam(store)).toBe(0);
    expect(dump(store)).toEqual([]);
  });

  test('the bug: without spam every message is lost, the counter stays, and append refuses from then on', () => {
    const store = chatWith('Hi there!');
    expect(removeSpam(store)).toBe(0);
    expect(dump(store)).toEqual([]);
    expect(store.length()).toBe(1);
    expect(append(store, 'again')).toMatch(/counter is 1, but the number of messages is 0/);
  });

  test('an empty chat survives it', () => {
    const store = memoryStore();
    expect(removeSpam(store)).toBe(0);
    expect(append(store, 'first')).toBeUndefined();
  });
});
