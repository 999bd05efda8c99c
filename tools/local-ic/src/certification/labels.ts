import { compareBytes } from '../bytes.ts';
import { assert } from '../errors.ts';
import { EMPTY_TREE, firstLabel, fork, type HashTree, type LabeledTree, labeled, lastLabel } from './hash-tree.ts';

/**
 * One level of labels as a tree whose shape follows from the set of labels alone: each fork parts its labels at the
 * first bit in which they differ. So a level that is changed label by label is the same tree, with the same root hash,
 * as one that is built at once, and all that did not change is shared.
 */
export function labels(entries: readonly (readonly [label: Uint8Array, tree: HashTree])[]): HashTree {
  const sorted = entries.map(([label, tree]) => labeled(label, tree)).sort((a, b) => compareBytes(a.label, b.label));
  for (let at = 1; at < sorted.length; at += 1) {
    assert(compareBytes(labelAt(sorted, at - 1), labelAt(sorted, at)) < 0, 'a label stands once');
  }
  return sorted.length === 0 ? EMPTY_TREE : build(sorted, 0, sorted.length);
}

/** The level with this label set, made by `labels`. */
export function withLabel(level: HashTree, label: Uint8Array, tree: HashTree): HashTree {
  const entry = labeled(label, tree);
  return level.kind === 'empty' ? entry : insert(level, entry);
}

/** The level without this label, which must be there; made by `labels`. */
export function withoutLabel(level: HashTree, label: Uint8Array): HashTree {
  if (level.kind === 'labeled') {
    assert(compareBytes(level.label, label) === 0, 'only a label that is there can be taken away');
    return EMPTY_TREE;
  }
  assert(level.kind === 'fork', 'only a label that is there can be taken away');
  const inRight = compareBytes(label, first(level.right)) >= 0;
  const left = inRight ? level.left : withoutLabel(level.left, label);
  const right = inRight ? withoutLabel(level.right, label) : level.right;
  if (left.kind === 'empty') return right;
  return right.kind === 'empty' ? left : fork(left, right);
}

function build(sorted: readonly LabeledTree[], from: number, to: number): HashTree {
  if (to - from === 1) return sorted[from] as LabeledTree;
  const bit = firstDifference(labelAt(sorted, from), labelAt(sorted, to - 1));
  let low = from;
  let high = to - 1;
  while (low + 1 < high) {
    const middle = (low + high) >>> 1;
    if (bitAt(labelAt(sorted, middle), bit)) high = middle;
    else low = middle;
  }
  return fork(build(sorted, from, high), build(sorted, high, to));
}

function insert(level: HashTree, entry: LabeledTree): HashTree {
  const [least, greatest] = [first(level), last(level)];
  if (level.kind === 'labeled' && compareBytes(least, entry.label) === 0) return entry;
  const parts = level.kind === 'fork' ? firstDifference(least, greatest) : Number.POSITIVE_INFINITY;
  if (firstDifference(least, entry.label) < parts) {
    return compareBytes(entry.label, least) < 0 ? fork(entry, level) : fork(level, entry);
  }
  assert(level.kind === 'fork', 'a single label that is another differs from it');
  return bitAt(entry.label, parts)
    ? fork(level.left, insert(level.right, entry))
    : fork(insert(level.left, entry), level.right);
}

function labelAt(sorted: readonly LabeledTree[], at: number): Uint8Array {
  return (sorted[at] as LabeledTree).label;
}

function first(level: HashTree): Uint8Array {
  const label = firstLabel(level);
  assert(label !== null, 'a level made of labels has a first');
  return label;
}

function last(level: HashTree): Uint8Array {
  const label = lastLabel(level);
  assert(label !== null, 'a level made of labels has a last');
  return label;
}

/** Bits of a label per byte: one that says that the byte is there, so that a prefix sorts first, then its eight. */
const BITS = 9;

/** The first bit in which two labels differ; infinity for equal ones. */
function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const difference = (a[at] as number) ^ (b[at] as number);
    if (difference !== 0) return at * BITS + 1 + Math.clz32(difference) - 24;
  }
  return a.length === b.length ? Number.POSITIVE_INFINITY : shorter * BITS;
}

function bitAt(label: Uint8Array, bit: number): boolean {
  const byte = label[Math.floor(bit / BITS)];
  if (byte === undefined) return false;
  const inByte = bit % BITS;
  return inByte === 0 || ((byte >> (8 - inByte)) & 1) === 1;
}
