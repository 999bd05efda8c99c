import { encode, Tag } from 'cbor2';
import { assert } from '../errors.ts';
import type { HashTree } from './hash-tree.ts';

/** CBOR's tag that says "this is CBOR"; the interface asks for it around certificates and values. */
const SELF_DESCRIBED = 55_799;

export function selfDescribed(value: unknown): Uint8Array {
  return encode(new Tag(SELF_DESCRIBED, value));
}

/** CBOR of a hash tree, without a tag, as it stands in a certificate (interface specification, "Encoding of certificates"). */
export function encodeHashTree(tree: HashTree): Uint8Array {
  return encode(treeValue(tree));
}

/** The arrays that a hash tree is in CBOR. */
export function treeValue(tree: HashTree): readonly unknown[] {
  if (tree.kind === 'empty') return [0];
  if (tree.kind === 'fork') return [1, treeValue(tree.left), treeValue(tree.right)];
  if (tree.kind === 'labeled') return [2, tree.label, treeValue(tree.tree)];
  return tree.kind === 'leaf' ? [3, tree.value] : [4, tree.hash];
}

/** Unsigned LEB128, as numbers stand in leaves. */
export function encodeNatural(value: bigint): Uint8Array {
  assert(value >= 0n, 'a natural number is not negative');
  const out: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return new Uint8Array(out);
}
