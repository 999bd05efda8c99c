/**
 * The part of a Candid library's `IDL` that our interfaces are written with. The SDKs (`@dfinity/candid`,
 * `@icp-sdk/core/candid`, azle's own copy) differ in their classes but not in this, so one definition serves all.
 * `T` is the library's type of a Candid type, if the caller wants it kept.
 */
export interface IdlTypes<T> {
  readonly Bool: T;
  readonly Text: T;
  readonly Nat: T;
  readonly Nat8: T;
  readonly Nat16: T;
  readonly Nat32: T;
  readonly Nat64: T;
  readonly Null: T;
  readonly Principal: T;
  Vec(item: T): T;
  Opt(item: T): T;
  Tuple(...items: T[]): T;
  Record(fields: Record<string, T>): T;
  Variant(tags: Record<string, T>): T;
}

/** `IDL` with what a whole service needs; `S` is the library's type of a service. */
export interface IdlLibrary<S> extends IdlTypes<unknown> {
  Func(args: unknown[], results: unknown[], annotations?: string[]): unknown;
  Service(methods: Record<string, unknown>): S;
}
