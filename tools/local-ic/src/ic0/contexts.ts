/**
 * The contexts of the System API, by the letters of the interface specification, and what messages call them.
 * TQ (the transform of an HTTP outcall) comes with outcalls.
 */
export const CONTEXTS = ['I', 'G', 'U', 'RQ', 'NRQ', 'CQ', 'Ry', 'Rt', 'CRy', 'CRt', 'C', 'CC', 'F', 'T', 's'] as const;
export type ContextLetter = (typeof CONTEXTS)[number];

/** The bit of one context. */
export function contextBit(letter: ContextLetter): number {
  return 1 << CONTEXTS.indexOf(letter);
}

/** The bits of contexts named in one text, separated by spaces. */
export function contextMask(letters: string): number {
  return letters.split(' ').reduce((mask, letter) => mask | contextBit(letter as ContextLetter), 0);
}
