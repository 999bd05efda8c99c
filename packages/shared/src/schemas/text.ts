/** Texts that people give: labels and names. They are shown in terminals, pages and histories of others. */

/**
 * What is not printed but acts on what is: control characters, line and paragraph separators, marks that turn the direction
 * of writing around (Unicode, Bidi_Control), and spaces without a width. Joiners stay: many characters are made with them.
 */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufff9-\ufffb]/g;

/** Characters of a value that a refusal repeats. */
export const MAX_SHOWN = 100;

/** What the text has to be instead; undefined if it is printable and has 1 to `most` characters (code points). */
export function problemOfText(text: string, most: number): string | undefined {
  if (text.length === 0 || lengthOf(text) > most) return `1 to ${most} characters`;
  return text.search(UNPRINTABLE) < 0 ? undefined : 'printable, without control characters or marks of direction';
}

/** Characters as people count code points; a surrogate pair is one. */
export function lengthOf(text: string): number {
  return [...text].length;
}

/** The beginning of any text, with `\u{…}` for what is not printable. */
export function shownText(text: string, most = MAX_SHOWN): string {
  const start = text.length > most ? [...text.slice(0, 2 * most)].slice(0, most).join('') : text;
  return start.replace(UNPRINTABLE, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}
