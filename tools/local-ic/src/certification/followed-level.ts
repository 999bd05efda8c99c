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
 * a level follows from its labels alone. Keys of `hidden` are not in it.
 */
export function followedLevel<T>(
  map: ReadonlyMap<string, T>,
  of: LevelOf<T>,
  hidden: ReadonlySet<string> = new Set(),
): HashTree {
  const level = followed.get(map);
  if (level !== undefined) return follow(level, map, { of, hidden });
  const shown = [...map].filter(([key]) => !hidden.has(key));
  const tree = labels(shown.map(([, value]) => [of.label(value), of.subtree(value)]));
  const entries = new Map(shown.map(([key, value]) => [key, { label: of.label(value), parts: of.parts(value) }]));
  followed.set(map, { tree, entries });
  return tree;
}

interface Wanted<T> {
  readonly of: LevelOf<T>;
  readonly hidden: ReadonlySet<string>;
}

function follow<T>(level: Followed, map: ReadonlyMap<string, T>, { of, hidden }: Wanted<T>): HashTree {
  let shown = 0;
  for (const [key, value] of map) {
    if (hidden.has(key)) continue;
    shown += 1;
    const parts = of.parts(value);
    if (same(level.entries.get(key)?.parts, parts)) continue;
    const label = of.label(value);
    level.tree = withLabel(level.tree, label, of.subtree(value));
    level.entries.set(key, { label, parts });
  }
  if (level.entries.size > shown) drop(level, map, hidden);
  return level.tree;
}

function drop(level: Followed, map: ReadonlyMap<string, unknown>, hidden: ReadonlySet<string>): void {
  for (const [key, { label }] of level.entries) {
    if (map.has(key) && !hidden.has(key)) continue;
    level.tree = withoutLabel(level.tree, label);
    level.entries.delete(key);
  }
}

function same(before: readonly unknown[] | undefined, now: readonly unknown[]): boolean {
  return before !== undefined && before.length === now.length && before.every((part, at) => part === now[at]);
}
