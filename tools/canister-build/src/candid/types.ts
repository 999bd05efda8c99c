/** Candid types as plain data: what is compared. Names of types, order of fields and comments are gone. */
export type CandidType =
  | { readonly kind: 'primitive'; readonly name: string }
  | { readonly kind: 'opt' | 'vec'; readonly of: CandidType }
  | { readonly kind: 'record' | 'variant'; readonly fields: ReadonlyMap<string, CandidType> }
  | FuncType
  | ServiceType
  | RecursiveType;

export interface FuncType {
  readonly kind: 'func';
  readonly args: readonly CandidType[];
  readonly results: readonly CandidType[];
  /** `query`, `composite_query`, `oneway`; without one, an update. */
  readonly modes: readonly string[];
}

export interface ServiceType {
  readonly kind: 'service';
  readonly methods: ReadonlyMap<string, CandidType>;
}

/** A type that mentions itself: `target` is filled in once the type exists. */
export interface RecursiveType {
  readonly kind: 'rec';
  target: CandidType | undefined;
}

export interface Interface {
  readonly service: CandidType;
  /** Of `service : (…) -> { … }`. */
  readonly initArgs: readonly CandidType[];
}

/** The type itself, past names that stand for it. */
export function resolve(type: CandidType): Exclude<CandidType, RecursiveType> {
  let one = type;
  while (one.kind === 'rec') {
    if (one.target === undefined) throw new Error('a recursive Candid type was never filled in');
    one = one.target;
  }
  return one;
}

/** For messages: the type's head, as Candid text writes it. */
export function headOf(type: CandidType): string {
  const one = resolve(type);
  return one.kind === 'primitive' ? one.name : one.kind;
}
