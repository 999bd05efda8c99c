/** A module as plain data, as the section reader leaves it and all else reads it. */
import type { CustomSection, ValueType } from './types.ts';

export const SectionId = {
  Custom: 0,
  Type: 1,
  Import: 2,
  Function: 3,
  Table: 4,
  Memory: 5,
  Global: 6,
  Export: 7,
  Start: 8,
  Element: 9,
  Code: 10,
  Data: 11,
  DataCount: 12,
} as const;

/** Kinds of imports and exports. */
export const ExternalKind = { Function: 0, Table: 1, Memory: 2, Global: 3 } as const;

export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly hasVector: boolean;
}

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly type: number;
}

export interface Global {
  readonly type: ValueType;
  readonly mutable: boolean;
}

export interface Export {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A module as read. Ranges are byte offsets into `bytes`. */
export interface RawModule {
  readonly bytes: Uint8Array;
  readonly types: FunctionType[];
  readonly imports: Import[];
  /** Type index per defined function. */
  readonly functions: number[];
  readonly globals: Global[];
  readonly exports: Export[];
  readonly customSections: CustomSection[];
  /** Payloads (without id and size) of the non-custom sections, and of the last `name` section at index 0. */
  readonly payloads: (Range | undefined)[];
  /** What the table holds, or null without one. */
  table: 'funcref' | 'externref' | null;
  memory: { readonly initialPages: number; readonly maximumPages: number | null } | null;
  start: number | null;
}

/** Value types in the binary format. */
export const VALUE_CODES: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
};
