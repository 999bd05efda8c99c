import { compareBytes } from '../bytes.ts';
import type { HashTree, Path } from './hash-tree.ts';

/**
 * The subtree at a path, or null if the tree does not show one (interface specification, "Lookup"; a path that is absent
 * and one that was cut away are not told apart). Every label on the way must be the only one that could be there: a tree
 * whose labels are not in order shows nothing.
 */
export function lookup(tree: HashTree, path: Path): HashTree | null {
  const [label, ...rest] = path;
  if (label === undefined) return tree;
  let found: HashTree | null = null;
  let before: Uint8Array | null = null;
  for (const entry of level(tree)) {
    if (entry.kind !== 'labeled') continue;
    if (before !== null && compareBytes(before, entry.label) >= 0) return null;
    before = entry.label;
    if (compareBytes(entry.label, label) === 0) found = entry.tree;
  }
  return found === null ? null : lookup(found, rest);
}

/** The value at a path, or null. */
export function lookupValue(tree: HashTree, path: Path): Uint8Array | null {
  const found = lookup(tree, path);
  return found?.kind === 'leaf' ? found.value : null;
}

/** The entries of a node's first level, forks taken apart. */
export function level(tree: HashTree): HashTree[] {
  const entries: HashTree[] = [];
  const open = [tree];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === 'fork') open.push(next.right, next.left);
    else entries.push(next);
  }
  return entries;
}
