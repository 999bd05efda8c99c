import type { HashTree } from './hash-tree.ts';
import { labels, withLabel, withoutLabel } from './labels.ts';

/** How the values of a map make a level of the tree. */
export interface LevelOf<T> {
  readonly label: (value: T) => Uint8Array;
  /** All that the subtree depends on; compared by identity. */
  readonly parts: (value: T) => readonly unknown[];
  readonly subtree: (value: T) => HashTree;
}

interface Followed {
  tree: HashTree;
  readonly entries: Map<string, { readonly label: Uint8Array; readonly parts: readonly unknown[] }>;
}

const followed = new WeakMap<ReadonlyMap<string, unknown>, Followed>();

/**
 * The level of labels that a map of the state is. What was built for this map the last time is kept beside it (weakly),
 * and only entries that have changed since are built and hashed again. The result does not depend on that: the shape of
 * a level follows from its labels alone.
 */
export function followedLevel<T>(map: ReadonlyMap<string, T>, of: LevelOf<T>): HashTree {
  const level = followed.get(map);
  if (level !== undefined) return follow(level, map, of);
  const tree = labels([...map.values()].map((value) => [of.label(value), of.subtree(value)]));
  const entries = new Map([...map].map(([key, value]) => [key, { label: of.label(value), parts: of.parts(value) }]));
  followed.set(map, { tree, entries });
  return tree;
}

function follow<T>(level: Followed, map: ReadonlyMap<string, T>, of: LevelOf<T>): HashTree {
  for (const [key, value] of map) {
    const parts = of.parts(value);
    if (same(level.entries.get(key)?.parts, parts)) continue;
    const label = of.label(value);
    level.tree = withLabel(level.tree, label, of.subtree(value));
    level.entries.set(key, { label, parts });
  }
  if (level.entries.size > map.size) drop(level, map);
  return level.tree;
}

function drop(level: Followed, map: ReadonlyMap<string, unknown>): void {
  for (const [key, { label }] of level.entries) {
    if (map.has(key)) continue;
    level.tree = withoutLabel(level.tree, label);
    level.entries.delete(key);
  }
}

function same(before: readonly unknown[] | undefined, now: readonly unknown[]): boolean {
  return before !== undefined && before.length === now.length && before.every((part, at) => part === now[at]);
}
