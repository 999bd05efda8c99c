/**
 * What texts in errors are made of. Those that come from outside are cut before they are kept: a canister may refuse a
 * call with thousands of characters.
 */

/** The text, or its first `max` characters (UTF-16, no half of a pair) with a mark that says how many there were. */
export function boundedText(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  const end = last >= 0xd800 && last < 0xdc00 ? max - 1 : max;
  return `${text.slice(0, end)}… (${text.length} characters)`;
}

/** A time in nanoseconds as people write it. */
export function utc(nanos: bigint): string {
  const iso = new Date(Number(nanos / 1_000_000_000n) * 1000).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
