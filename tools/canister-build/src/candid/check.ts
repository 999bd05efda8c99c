/** The interface written by hand must say what the code says; then the comments in it can be trusted, too. */
import { basename } from 'node:path';
import type { AzleSteps } from '../azle.ts';
import { BuildError } from '../errors.ts';
import { compareInterfaces } from './compare.ts';
import { readCandid } from './read.ts';
import type { Interface } from './types.ts';

export interface Candid {
  /** Where the hand-written text lies, for messages. */
  readonly path: string;
  readonly written: string;
  /** What azle derives from the code: hidden methods left out, types without names. */
  readonly generated: string;
}

/** @throws BuildError `did_invalid` or `did_differs` */
export async function checkCandid(azle: AzleSteps, { path, written, generated }: Candid): Promise<void> {
  const file = basename(path);
  const left = await readWritten(azle, path, written);
  const right = await readCandid(generated, azle.describeCandid);
  const differences = compareInterfaces(left, right, { left: file, right: 'the code' });
  if (differences.length === 0) return;
  const lines = differences.map((difference) => `  ${difference}`).join('\n');
  throw new BuildError('did_differs', `${file} and the code do not say the same\n${lines}`);
}

async function readWritten(azle: AzleSteps, path: string, written: string): Promise<Interface> {
  try {
    return await readCandid(written, azle.describeCandid);
  } catch (cause) {
    if (!(cause instanceof BuildError)) throw cause;
    throw new BuildError(cause.code, `${path} is not valid Candid: ${cause.message}`, { cause });
  }
}
