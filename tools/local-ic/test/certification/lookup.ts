import { flatten_forks, type HashTree } from '@dfinity/agent';
import { compareBytes } from '../../src/bytes.ts';
import type { Path } from '../../src/certification/hash-tree.ts';

export type Lookup = 'Absent' | 'Unknown' | HashTree;

const KIND = { labeled: 2, leaf: 3 } as const;

/**
 * What a certificate says of a path, as the interface specification defines it ("Lookup"), with the subtree where that
 * speaks of its value. agent-js's own lookup takes some labels in another order than theirs (it compares no lengths, and
 * does not stop at the first byte that differs), so that it is a witness for found values only.
 */
export function lookup(path: Path, tree: HashTree): Lookup {
  const [label, ...rest] = path;
  if (label === undefined) return tree;
  const found = findLabel(label, flatten_forks(tree));
  return found === 'Absent' || found === 'Unknown' ? found : lookup(rest, found);
}

function findLabel(label: Uint8Array, forest: readonly HashTree[]): Lookup {
  const labels = forest.map((tree) => (tree[0] === KIND.labeled ? tree : null));
  const order = labels.map((tree) => (tree === null ? null : compareBytes(label, tree[1])));
  const equal = order.indexOf(0);
  if (equal >= 0) return labels[equal]?.[2] as HashTree;
  const isAbove = (at: number) => (order[at] ?? 0) > 0;
  const isBelow = (at: number) => (order[at] ?? 0) < 0;
  const between = order.some((_, at) => isAbove(at) && isBelow(at + 1));
  const absent =
    between || isBelow(0) || isAbove(order.length - 1) || (forest.length === 1 && forest[0]?.[0] === KIND.leaf);
  return absent || forest.length === 0 ? 'Absent' : 'Unknown';
}
