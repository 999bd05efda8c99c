import fc from 'fast-check';
import { bytesToHex, hexToBytes } from '../../src/bytes.ts';
import { EMPTY_TREE, type HashTree, leaf, type Path } from '../../src/certification/hash-tree.ts';
import { labels } from '../../src/certification/labels.ts';

/** Labeled data as a test sees it: bytes, or what stands under each label (in hex). */
export type Data = Uint8Array | ReadonlyMap<string, Data>;

/** Short labels of few letters: prefixes, neighbours and near misses are common. */
export const label = fc
  .array(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), { maxLength: 3 })
  .map((bytes) => new Uint8Array(bytes));

const { data } = fc.letrec<{ data: Data }>((tie) => ({
  data: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    fc.uint8Array({ maxLength: 5 }),
    fc.array(fc.tuple(label.map(bytesToHex), tie('data')), { maxLength: 9 }).map((entries): Data => new Map(entries)),
  ),
}));

/** Some data, and paths: some that lead to something, some cut short, some bent, some of chance. */
export const dataWithPaths = data.chain((of) =>
  fc.tuple(fc.constant(of), fc.array(fc.oneof(pathInto(of), fc.array(label, { maxLength: 4 })), { maxLength: 5 })),
);
export { data };

function pathInto(of: Data): fc.Arbitrary<Path> {
  const all = allPaths(of);
  const known = fc.nat(all.length - 1).map((at) => all[at] as Path);
  const cut = fc.tuple(known, fc.nat(3)).map(([path, length]) => path.slice(0, length));
  const bent = fc.tuple(cut, label).map(([path, last]) => [...path, last]);
  return fc.oneof(known, cut, bent);
}

/** Every path that leads to something, the empty one first. */
export function allPaths(of: Data): Path[] {
  if (of instanceof Uint8Array) return [[]];
  const below = [...of].flatMap(([key, inner]) => allPaths(inner).map((path) => [hexToBytes(key), ...path]));
  return [[], ...below];
}

export function treeOf(of: Data): HashTree {
  if (of instanceof Uint8Array) return leaf(of);
  return of.size === 0 ? EMPTY_TREE : labels([...of].map(([key, inner]) => [hexToBytes(key), treeOf(inner)]));
}

/** What stands at a path, or null. */
export function at(of: Data, path: Path): Data | null {
  const [first, ...rest] = path;
  if (first === undefined) return of;
  const inner = of instanceof Uint8Array ? undefined : of.get(bytesToHex(first));
  return inner === undefined ? null : at(inner, rest);
}

export function startsWith(path: Path, prefix: Path): boolean {
  return prefix.every((part, index) => {
    const other = path[index];
    return other !== undefined && bytesToHex(part) === bytesToHex(other);
  });
}
