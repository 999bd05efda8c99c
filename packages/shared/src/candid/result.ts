/** What every answer of the manager is made of, as Candid libraries write it. */

/** `[]` or `[value]`, as every Candid library writes `opt`. */
export type Opt<T> = [] | [T];

/** `variant { Ok; Err }`. */
export type CandidResult<T> = { Ok: T } | { Err: CandidError };

export interface CandidError {
  code: string;
  message: string;
  context: [string, string][];
}
