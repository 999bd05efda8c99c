/**
 * A probe is a call of the target that says how much is in it, made in each backup so that its answer describes the
 * snapshot. What is kept of the answer is its size, its hash and the naturals in it, not the answer.
 */

import { naturalsOf } from '../candid/naturals.ts';
import { sha256 } from '../crypto/sha256.ts';
import { bytesToHex } from '../ids/bytes.ts';
import { MAX_REPLY_READ_BYTES } from '../limits.ts';

/** The size of the answer, or one of its naturals, counted from 0. */
export type Measure = 'reply_bytes' | { readonly natural: number };

export interface Rule {
  readonly measure: Measure;
  readonly atLeast?: bigint | undefined;
  /** How much smaller than in the last good snapshot it may be, 0 to 99 percent of that one. Growth never trips. */
  readonly shrinksAtMostPercent?: number | undefined;
}

/** What a policy asks of every snapshot. */
export interface Probe {
  /** A method of the target, and the bytes of its argument as hexadecimal text. */
  readonly method: string;
  readonly arg: string;
  /** Without any, an answer is enough. */
  readonly rules: readonly Rule[];
}

/**
 * - `exact`: the versions of the target prove that between the snapshot and the answer nothing else ran
 * - `approximate`: the answer came, but something else may have run in between
 * - `unknown`: there is no answer
 */
export type Certainty = 'exact' | 'approximate' | 'unknown';

/** What is kept of an answer. */
export interface ProbeReply {
  /** Bytes of the whole answer. */
  readonly size: number;
  /** SHA-256 of as much of it as is read, hexadecimal. */
  readonly hash: string;
  /** See `naturalsOf`. Those in the part that is read; without any if the answer is not Candid. */
  readonly naturals: readonly bigint[];
}

/** What is kept of the bytes that a target answered a probe with. Reads a part of what is too long to read. */
export function readReply(bytes: Uint8Array): ProbeReply {
  const whole = bytes.length <= MAX_REPLY_READ_BYTES;
  const read = whole ? bytes : bytes.subarray(0, MAX_REPLY_READ_BYTES);
  return { size: bytes.length, hash: bytesToHex(sha256(read)), naturals: naturalsOf(read, whole) ?? [] };
}

export interface Fingerprint {
  readonly certainty: Certainty;
  /** Which probe it is an answer to: only answers to the same one can be compared. */
  readonly probe: string;
  /** Present unless the certainty is `unknown`. */
  readonly reply?: ProbeReply | undefined;
}

/** The versions of the target around a probe; undefined for what is not known. */
export interface Versions {
  /** Right before the take. */
  readonly before?: bigint | undefined;
  /** Behind the take and the start. */
  readonly started?: bigint | undefined;
  /** Once the probe had answered. */
  readonly probed?: bigint | undefined;
  /** Whether the target was started in between. */
  readonly again: boolean;
}

/** A start counts as one change of the version (interface, "canister version"). */
const CHANGES_OF_A_START = 1n;

/** An update counts as one, and in the replica a query that is called like one does too; by the interface it need not. */
const MOST_CHANGES_OF_A_PROBE = 1n;

/**
 * `exact` if the versions prove that nothing but the start and one execution ran. A probe that awaits something is more
 * than one execution.
 */
export function certaintyOf({ before, started, probed, again }: Versions): Certainty {
  if (before === undefined || started === undefined || probed === undefined) return 'approximate';
  if (started !== before + (again ? CHANGES_OF_A_START : 0n)) return 'approximate';
  const ran = probed - started;
  return ran >= 0n && ran <= MOST_CHANGES_OF_A_PROBE ? 'exact' : 'approximate';
}

/** Names a probe, whatever its rules are. */
export function probeName({ method, arg }: Probe): string {
  return `${method} ${arg}`;
}
