/** What every method answers with. */
import type { CandidError, CandidResult, ErrorValue } from '@canister-backup/shared';

export type Answer<T> = CandidResult<T>;

export function ok<T>(value: T): Answer<T> {
  return { Ok: value };
}

export function refuse<T>(error: ErrorValue): Answer<T> {
  return { Err: candidError(error) };
}

export function candidError({ code, message, context }: ErrorValue): CandidError {
  return { code, message, context: context.map(([name, value]) => [name, value]) };
}

/** `opt` of what may be undefined. */
export function opt<T>(value: T | undefined): [] | [T] {
  return value === undefined ? [] : [value];
}
