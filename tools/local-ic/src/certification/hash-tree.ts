import { sha256, utf8 } from '../bytes.ts';
import { assert } from '../errors.ts';

/**
 * Hash trees (interface specification, "Certification"): labeled data whose parts can be cut away without changing its
 * root hash.
 *
 * Nodes are immutable plain data, so that trees of one state share what they have in common with trees of the last, and
 * each node is hashed once. Along a tree, labels are strictly increasing and never stand beside a leaf.
 */
export type HashTree =
  | { readonly kind: 'empty' }
  | { readonly kind: 'fork'; readonly left: HashTree; readonly right: HashTree }
  | LabeledTree
  | { readonly kind: 'leaf'; readonly value: Uint8Array }
  /** 32 bytes: the root hash of what was here. */
  | { readonly kind: 'pruned'; readonly hash: Uint8Array };

export interface LabeledTree {
  readonly kind: 'labeled';
  readonly label: Uint8Array;
  readonly tree: HashTree;
}

/** From the root: one label a level. */
export type Path = readonly Uint8Array[];

export const EMPTY_TREE: HashTree = { kind: 'empty' };

export function fork(left: HashTree, right: HashTree): HashTree {
  return { kind: 'fork', left, right };
}

export function labeled(label: Uint8Array, tree: HashTree): LabeledTree {
  return { kind: 'labeled', label, tree };
}

export function leaf(value: Uint8Array): HashTree {
  return { kind: 'leaf', value };
}

/** A tree of which only its hash is told. */
export function pruned(tree: HashTree): HashTree {
  return tree.kind === 'pruned' ? tree : { kind: 'pruned', hash: rootHash(tree) };
}

/** A byte with the length, then the text: keeps hashes and signatures of one purpose from standing for another. */
export function domainSeparator(purpose: string): Uint8Array {
  const text = utf8(purpose);
  assert(text.length < 256, 'a domain separator counts its length in a byte');
  return new Uint8Array([text.length, ...text]);
}

const SEPARATOR = {
  empty: domainSeparator('ic-hashtree-empty'),
  fork: domainSeparator('ic-hashtree-fork'),
  labeled: domainSeparator('ic-hashtree-labeled'),
  leaf: domainSeparator('ic-hashtree-leaf'),
} as const;

const hashes = new WeakMap<HashTree, Uint8Array>();

/** 32 bytes. Kept per node: nodes never change, so the next tree with the same node does not hash it again. */
export function rootHash(tree: HashTree): Uint8Array {
  if (tree.kind === 'pruned') return tree.hash;
  const known = hashes.get(tree);
  if (known !== undefined) return known;
  const hash = computeHash(tree);
  hashes.set(tree, hash);
  return hash;
}

function computeHash(tree: Exclude<HashTree, { kind: 'pruned' }>): Uint8Array {
  if (tree.kind === 'empty') return sha256(SEPARATOR.empty);
  if (tree.kind === 'fork') return sha256(SEPARATOR.fork, rootHash(tree.left), rootHash(tree.right));
  if (tree.kind === 'labeled') return sha256(SEPARATOR.labeled, tree.label, rootHash(tree.tree));
  return sha256(SEPARATOR.leaf, tree.value);
}

/** The smallest label that is shown at this level, or null if none is. */
export function firstLabel(tree: HashTree): Uint8Array | null {
  if (tree.kind === 'labeled') return tree.label;
  return tree.kind === 'fork' ? (firstLabel(tree.left) ?? firstLabel(tree.right)) : null;
}

/** The greatest label that is shown at this level, or null if none is. */
export function lastLabel(tree: HashTree): Uint8Array | null {
  if (tree.kind === 'labeled') return tree.label;
  return tree.kind === 'fork' ? (lastLabel(tree.right) ?? lastLabel(tree.left)) : null;
}
