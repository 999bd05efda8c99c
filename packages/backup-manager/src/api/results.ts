/** What every method answers with. */

import type { CandidError, CandidResult, ErrorValue } from '@canister-backup/shared';
import { nameForCaller } from '../access.ts';

export type Answer<T> = CandidResult<T>;

export function ok<T>(value: T): Answer<T> {
  return { Ok: value };
}

/** A refusal; what it is about is called by its name, if the caller may view it. */
export function refuse<T>(error: ErrorValue): Answer<T> {
  const canister = error.context.find(([key]) => key === 'canister')?.[1];
  const name = canister === undefined ? undefined : nameForCaller(canister);
  if (name === undefined) return { Err: candidError(error) };
  const named = {
    ...error,
    message: `${name}: ${error.message}`,
    context: [...error.context, ['name', name] as const],
  };
  return { Err: candidError(named) };
}

export function candidError({ code, message, context }: ErrorValue): CandidError {
  return { code, message, context: context.map(([name, value]) => [name, value]) };
}

/** `opt` of what may be undefined. */
export function opt<T>(value: T | undefined): [] | [T] {
  return value === undefined ? [] : [value];
}
