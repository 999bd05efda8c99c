/** Why a command ends without having done its work: a stable code, and a message that says what to do. */

/**
 * Exit codes of the command. Those below 10 that are missing here belong to `scripts/bootstrap.mjs`, which runs it.
 * - `done`: in sync, shown, or applied
 * - `usage`: the command line, the file or the identity; nobody was asked and nothing was changed
 * - `different`: `check` found a difference
 * - `refused`: the manager refused something, or the identity may not see or do what is needed
 * - `network`: not reached, or it answered with what cannot be trusted
 * - `unwell`: the manager has what the file says, and something is not protected all the same
 * - `interrupted`: Ctrl-C at the question; nothing was done
 */
export const EXIT = {
  done: 0,
  usage: 2,
  different: 10,
  refused: 11,
  network: 12,
  unwell: 13,
  interrupted: 130,
} as const;

export type FailureKind = 'usage' | 'refused' | 'network';

/** Thrown to end the command; anything else that is thrown is a bug. */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly code: string;

  constructor(kind: FailureKind, code: string, message: string) {
    super(message);
    this.kind = kind;
    this.code = code;
  }
}
