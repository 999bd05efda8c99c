/** Texts that come from outside are cut before they are kept: a canister may refuse a call with two million bytes. */

/** The text, or its first `max` characters (UTF-16, no half of a pair) with a mark that says how many there were. */
export function boundedText(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  const end = last >= 0xd800 && last < 0xdc00 ? max - 1 : max;
  return `${text.slice(0, end)}… (${text.length} characters)`;
}
