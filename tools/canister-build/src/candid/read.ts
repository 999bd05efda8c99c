/**
 * Candid text to plain types. The text is parsed and type-checked by the Candid team's own parser, which azle ships
 * compiled to Wasm and which answers with a TypeScript module that builds the types through an object named `IDL`.
 * That module is run here with an `IDL` that records.
 */
import { runInNewContext } from 'node:vm';
import { transform } from 'esbuild';
import { BuildError } from '../errors.ts';
import type { CandidType, FuncType, Interface, RecursiveType } from './types.ts';

/**
 * @param describe Candid text to the TypeScript of its `idlFactory` and `init`
 * @throws BuildError `did_invalid`
 */
export async function readCandid(did: string, describe: (did: string) => string): Promise<Interface> {
  const { code } = await transform(describe(did), { loader: 'ts', format: 'cjs' });
  const exports: Partial<DescribedModule> = {};
  const module = { exports };
  runInNewContext(code, { module, exports, require: () => ({ IDL }) });
  const { idlFactory, init } = module.exports;
  if (idlFactory === undefined) throw new BuildError('did_invalid', 'it has no service');
  return { service: idlFactory({ IDL }), initArgs: [...(init?.({ IDL }) ?? [])] };
}

interface DescribedModule {
  idlFactory(scope: { IDL: typeof IDL }): CandidType;
  init(scope: { IDL: typeof IDL }): readonly CandidType[];
}

type Fields = Readonly<Record<string, CandidType>>;

const PRIMITIVES = ['Null', 'Bool', 'Text', 'Nat', 'Int', 'Reserved', 'Empty', 'Principal'].concat([
  'Nat8',
  'Nat16',
  'Nat32',
  'Nat64',
  'Int8',
  'Int16',
  'Int32',
  'Int64',
  'Float32',
  'Float64',
]);

const IDL = {
  ...Object.fromEntries(PRIMITIVES.map((name) => [name, { kind: 'primitive', name: name.toLowerCase() }])),
  Opt: (of: CandidType) => ({ kind: 'opt', of }),
  Vec: (of: CandidType) => ({ kind: 'vec', of }),
  Record: (fields: Fields) => ({ kind: 'record', fields: toMap(fields) }),
  Tuple: (...types: CandidType[]) => ({
    kind: 'record',
    fields: new Map(types.map((type, index) => [`_${index}_`, type])),
  }),
  Variant: (fields: Fields) => ({ kind: 'variant', fields: toMap(fields) }),
  Func: (args: CandidType[], results: CandidType[], modes: string[] = []): FuncType => ({
    kind: 'func',
    args: [...args],
    results: [...results],
    modes: [...modes],
  }),
  Service: (methods: Fields) => ({ kind: 'service', methods: toMap(methods) }),
  Rec: recursive,
} as const;

function toMap(fields: Fields): ReadonlyMap<string, CandidType> {
  return new Map(Object.entries(fields));
}

function recursive(): RecursiveType & { fill(type: CandidType): void } {
  return {
    kind: 'rec',
    target: undefined,
    fill(type: CandidType) {
      this.target = type;
    },
  };
}
