import { compareBytes } from '../bytes.ts';
import { firstLabel, fork, type HashTree, labeled, lastLabel, type Path, pruned } from './hash-tree.ts';

/**
 * The tree with everything under these paths, the labels that prove which of them are absent, and hashes for the rest
 * (interface specification, "Lookup"). The root hash stays. A part that is pruned already stays so.
 */
export function witness(tree: HashTree, paths: readonly Path[]): HashTree {
  if (paths.length === 0) return pruned(tree);
  return reveal(
    tree,
    paths.map((path) => ({ path, at: 0 })),
  );
}

/** A path, of which the labels before `at` led here. */
interface Request {
  readonly path: Path;
  readonly at: number;
}

/** What to show of one level: under some labels, and the labels at its ends, which prove an absence beyond them. */
interface Wanted {
  readonly requests: readonly Request[];
  readonly ends: { readonly first: boolean; readonly last: boolean };
}

const NO_ENDS = { first: false, last: false } as const;

function reveal(tree: HashTree, requests: readonly Request[]): HashTree {
  if (requests.some(({ path, at }) => at === path.length)) return tree;
  return revealLevel(tree, { requests, ends: NO_ENDS });
}

function revealLevel(tree: HashTree, wanted: Wanted): HashTree {
  if (wanted.requests.length === 0 && !wanted.ends.first && !wanted.ends.last) return pruned(tree);
  if (tree.kind === 'fork') return revealFork(tree, wanted);
  // An empty tree or a leaf where a label was asked for proves by itself that there is none.
  if (tree.kind !== 'labeled') return tree;
  const found = wanted.requests.filter((request) => compareBytes(next(request), tree.label) === 0);
  const inner =
    found.length === 0
      ? pruned(tree.tree)
      : reveal(
          tree.tree,
          found.map(({ path, at }) => ({ path, at: at + 1 })),
        );
  return labeled(tree.label, inner);
}

/** A label between the two sides is absent if the greatest label of the left and the smallest of the right are shown. */
function revealFork(tree: Extract<HashTree, { kind: 'fork' }>, { requests, ends }: Wanted): HashTree {
  const last = lastLabel(tree.left);
  const first = firstLabel(tree.right);
  const inLeft = requests.filter((request) => last !== null && compareBytes(next(request), last) <= 0);
  const inRight = requests.filter((request) => first !== null && compareBytes(next(request), first) >= 0);
  const between = inLeft.length + inRight.length < requests.length;
  const leftEnds = { first: ends.first && last !== null, last: between || (ends.last && first === null) };
  const rightEnds = { first: between || (ends.first && last === null), last: ends.last && first !== null };
  return fork(
    revealLevel(tree.left, { requests: inLeft, ends: leftEnds }),
    revealLevel(tree.right, { requests: inRight, ends: rightEnds }),
  );
}

function next({ path, at }: Request): Uint8Array {
  return path[at] as Uint8Array;
}
