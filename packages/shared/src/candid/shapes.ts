/**
 * The Candid types of our interfaces as plain data, for a reader that knows beforehand what it expects:
 * `backupManagerTypes(SHAPES)` is made of them, as `backupManagerTypes(IDL)` is made of a library's types.
 */
import type { IdlTypes } from './idl.ts';
import { hashOf } from './label.ts';

export interface Field {
  readonly hash: number;
  readonly label: string;
  readonly shape: Shape;
}

export type Shape =
  | { readonly kind: 'bool' | 'text' | 'nat' | 'null' | 'principal' }
  /** `nat8` to `nat64`, by the type's number on the wire. */
  | { readonly kind: 'fixed'; readonly code: number; readonly size: number }
  | { readonly kind: 'vec' | 'opt'; readonly of: Shape }
  | { readonly kind: 'tuple'; readonly items: readonly Shape[] }
  | {
      readonly kind: 'record' | 'variant';
      readonly fields: readonly Field[];
      readonly byHash: ReadonlyMap<number, Field>;
    };

const fixed = (code: number, size: number): Shape => ({ kind: 'fixed', code, size });

function labeled(kind: 'record' | 'variant', labels: Record<string, Shape>): Shape {
  const fields = Object.entries(labels).map(([label, shape]) => ({ hash: hashOf(label), label, shape }));
  return { kind, fields, byHash: new Map(fields.map((field) => [field.hash, field])) };
}

export const SHAPES: IdlTypes<Shape> = {
  Bool: { kind: 'bool' },
  Text: { kind: 'text' },
  Nat: { kind: 'nat' },
  Nat8: fixed(-5, 1),
  Nat16: fixed(-6, 2),
  Nat32: fixed(-7, 4),
  Nat64: fixed(-8, 8),
  Null: { kind: 'null' },
  Principal: { kind: 'principal' },
  Vec: (of) => ({ kind: 'vec', of }),
  Opt: (of) => ({ kind: 'opt', of }),
  Tuple: (...items) => ({ kind: 'tuple', items }),
  Record: (fields) => labeled('record', fields),
  Variant: (tags) => labeled('variant', tags),
};
