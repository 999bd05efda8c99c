import { Cbor, reconstruct, type HashTree as Wire } from '@dfinity/agent';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, hexToBytes, utf8 } from '../../src/bytes.ts';
import { encodeHashTree } from '../../src/certification/encoding.ts';
import { EMPTY_TREE, fork, labeled, leaf, type Path, rootHash } from '../../src/certification/hash-tree.ts';
import { labels, withLabel, withoutLabel } from '../../src/certification/labels.ts';
import { witness } from '../../src/certification/witness.ts';
import { allPaths, at, type Data, data, dataWithPaths, label, startsWith, treeOf } from './generators.ts';
import { type Lookup, lookup } from './lookup.ts';

const PRUNED = 4;

/** The example of the interface specification, section "Certification". */
describe('the example of the specification', () => {
  const text = (name: string, value: string) => labeled(utf8(name), leaf(utf8(value)));
  const tree = fork(
    fork(labeled(utf8('a'), fork(fork(text('x', 'hello'), EMPTY_TREE), text('y', 'world'))), text('b', 'good')),
    fork(labeled(utf8('c'), EMPTY_TREE), text('d', 'morning')),
  );
  const root = 'eb5c5b2195e62d996b84c9bcc8259d19a83786a2f59e0878cec84c811f669aa0';
  const cut = witness(tree, [[utf8('a'), utf8('y')], [utf8('ax')], [utf8('d')]]);

  test('has its root hash and its encoding', () => {
    expect(bytesToHex(rootHash(tree))).toBe(root);
    expect(bytesToHex(encodeHashTree(tree))).toBe(
      '8301830183024161830183018302417882034568656c6c6f810083024179820345776f726c6483024162820344676f6f64' +
        '8301830241638100830241648203476d6f726e696e67',
    );
  });

  test('is pruned to its witness', () => {
    expect(bytesToHex(rootHash(cut))).toBe(root);
    expect(bytesToHex(encodeHashTree(cut))).toBe(
      '83018301830241618301820458201b4feff9bef8131788b0c9dc6dbad6e81e524249c879e9f10f71ce3749f5a63883024179' +
        '820345776f726c6483024162820458207b32ac0c6ba8ce35ac82c255fc7906f7fc130dab2a090f80fe12f9c2cae83ba6' +
        '830182045820ec8324b8a1f1ac16bd2e806edba78006479c9877fed4eb464a25485465af601d830241648203476d6f726e696e67',
    );
  });

  test.each([
    ['a/a', 'Unknown'],
    ['a/y', 'Found'],
    ['aa', 'Absent'],
    ['ax', 'Absent'],
    ['b', 'Unknown'],
    ['bb', 'Unknown'],
    ['d', 'Found'],
    ['e', 'Absent'],
  ])('/%s is %s in the witness', (path, status) => {
    const found = lookup(path.split('/').map(utf8), wire(cut));
    expect(typeof found === 'string' ? found : found[0] === PRUNED ? 'Unknown' : 'Found').toBe(status);
  });
});

describe('encoding', () => {
  test('agent-js decodes the tree and computes the same root hash', async () => {
    await fc.assert(
      fc.asyncProperty(data, async (of) => {
        const tree = treeOf(of);
        expect(bytesToHex(await reconstruct(wire(tree)))).toBe(bytesToHex(rootHash(tree)));
      }),
    );
  });

  test('every leaf is found where it was put', () => {
    fc.assert(
      fc.property(data, (of) => {
        const tree = wire(treeOf(of));
        for (const path of allPaths(of)) expectShown(tree, path, at(of, path));
      }),
    );
  });
});

describe('witness', () => {
  test('keeps the root hash', () => {
    fc.assert(
      fc.property(dataWithPaths, ([of, paths]) => {
        const tree = treeOf(of);
        expect(rootHash(witness(tree, paths))).toEqual(rootHash(tree));
      }),
    );
  });

  test('shows all that is under each path, and proves that the others lead nowhere', () => {
    fc.assert(
      fc.property(dataWithPaths, ([of, paths]) => {
        const cut = wire(witness(treeOf(of), paths));
        for (const path of paths) {
          const found = at(of, path);
          expectShown(cut, path, found);
          for (const below of found === null ? [] : allPaths(found)) {
            expectShown(cut, [...path, ...below], at(found as Data, below));
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('shows nothing else', () => {
    fc.assert(
      fc.property(dataWithPaths, ([of, paths]) => {
        const cut = wire(witness(treeOf(of), paths));
        const hidden = allPaths(of)
          .filter((path) => at(of, path) instanceof Uint8Array)
          // A leaf is also shown to prove that a path beyond it leads nowhere.
          .filter((path) => !paths.some((asked) => startsWith(path, asked) || startsWith(asked, path)));
        for (const path of hidden) expect(isHidden(lookup(path, cut))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('of a witness, shows what both were asked for', () => {
    fc.assert(
      fc.property(dataWithPaths, ([of, paths]) => {
        const tree = treeOf(of);
        const once = witness(tree, paths);
        expect(encodeHashTree(witness(once, paths))).toEqual(encodeHashTree(once));
      }),
    );
  });
});

describe('labels', () => {
  test('changed one by one are the level that is built at once', () => {
    const change = fc.tuple(label, fc.option(fc.uint8Array({ maxLength: 2 })));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const wanted = new Map<string, Uint8Array>();
        let level = labels([]);
        for (const [name, value] of changes) {
          const key = bytesToHex(name);
          if (value !== null) level = withLabel(level, name, leaf(value));
          else if (wanted.has(key)) level = withoutLabel(level, name);
          if (value === null) wanted.delete(key);
          else wanted.set(key, value);
          expect(level).toEqual(labels([...wanted].map(([hex, bytes]) => [hexToBytes(hex), leaf(bytes)])));
        }
      }),
    );
  });

  test('stand once', () => {
    expect(() =>
      labels([
        [utf8('a'), EMPTY_TREE],
        [utf8('a'), EMPTY_TREE],
      ]),
    ).toThrow('a label stands once');
  });

  test('that are not there cannot be taken away', () => {
    const level = labels([
      [utf8('a'), EMPTY_TREE],
      [utf8('c'), EMPTY_TREE],
    ]);
    for (const name of ['', 'b', 'd']) expect(() => withoutLabel(level, utf8(name))).toThrow('is there');
  });

  test('of a level stay few forks deep when ids count up', () => {
    const count = 4096;
    const ids = Array.from({ length: count }, (_, id) => new Uint8Array([id >> 8, id & 255]));
    const level = labels(ids.map((id) => [id, EMPTY_TREE]));
    const depth = (tree: typeof level): number =>
      tree.kind === 'fork' ? 1 + Math.max(depth(tree.left), depth(tree.right)) : 0;
    expect(depth(level)).toBe(Math.log2(count));
  });
});

function wire(tree: Parameters<typeof encodeHashTree>[0]): Wire {
  return Cbor.decode(encodeHashTree(tree));
}

/** Pruned there, or above. */
function isHidden(found: Lookup): boolean {
  return found === 'Unknown' || found[0] === PRUNED;
}

function expectShown(tree: Wire, path: Path, expected: Data | null): void {
  const found = lookup(path, tree);
  if (expected === null) expect(found).toBe('Absent');
  else if (expected instanceof Uint8Array) expect(found).toEqual([3, expected]);
  else expect(isHidden(found) || found === 'Absent').toBe(false);
}
