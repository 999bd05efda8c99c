import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHAIN_START, type ChainEntry, type ChainLink, chainHash, chainProblem, entryBytes } from '../../src/index.ts';

const KINDS = ['registered', 'run_opened', 'run_closed'] as const;

const entries = fc.array(
  fc.record({
    at: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    kind: fc.constantFrom(...KINDS),
    actor: fc.string(),
    cause: fc.string({ unit: 'binary' }),
    canister: fc.option(fc.string(), { nil: undefined }),
    run: fc.option(fc.bigInt({ min: 1n, max: 10n ** 6n }), { nil: undefined }),
    details: fc.array(fc.tuple(fc.string(), fc.string())),
  }),
  { minLength: 1, maxLength: 12 },
);

/** Newest first, as pages show it, and the head. */
function chain(list: readonly Omit<ChainEntry, 'n'>[]): { links: ChainLink[]; head: Uint8Array } {
  let previous: Uint8Array = CHAIN_START;
  const links = list.map((fields, at) => {
    const entry: ChainEntry = { ...fields, n: BigInt(at) + 1n };
    const link = { entry, previous, hash: chainHash(previous, entry) };
    previous = link.hash;
    return link;
  });
  return { links: links.reverse(), head: previous };
}

describe('the chain of the history', () => {
  it('is written down so that anybody can reckon it', () => {
    const entry: ChainEntry = {
      n: 7n,
      at: 8n,
      kind: 'run_closed',
      actor: 'timer',
      cause: 'żó',
      canister: 'aaaaa-aa',
      run: 3n,
      details: [['outcome', 'succeeded']],
    };
    const bytes = '["7","8","run_closed","timer","\\u017c\\u00f3","aaaaa-aa","3",[["outcome","succeeded"]]]';
    expect(Buffer.from(entryBytes(entry)).toString()).toBe(bytes);
    const expected = createHash('sha256').update(CHAIN_START).update(bytes).digest('hex');
    expect(Buffer.from(chainHash(CHAIN_START, entry)).toString('hex')).toBe(expected);
  });

  it('holds, whole and from any entry on', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (list, cut) => {
        const { links, head } = chain(list);
        expect(chainProblem(links, head)).toBeUndefined();
        const rest = links.slice(cut % links.length);
        expect(chainProblem(rest, rest[0]!.hash)).toBeUndefined();
      }),
    );
  });

  it('breaks wherever one entry is changed, left out, or swapped', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (list, where) => {
        const { links, head } = chain(list);
        const at = where % links.length;
        const one = links[at]!;
        const changed = links.with(at, { ...one, entry: { ...one.entry, actor: `${one.entry.actor}!` } });
        expect(chainProblem(changed, head)).toContain(`entry ${one.entry.n}`);
        if (at < links.length - 1) {
          expect(chainProblem(links.toSpliced(at, 1), head)).toBeDefined();
          expect(chainProblem(links.with(at, links[at + 1]!).with(at + 1, one), head)).toBeDefined();
        }
      }),
    );
  });

  it('breaks where an entry was written anew with a hash of its own', () => {
    const { links, head } = chain([
      { at: 1n, kind: 'registered', actor: 'a', cause: '', details: [] },
      { at: 2n, kind: 'run_opened', actor: 'a', cause: '', details: [] },
    ]);
    const [newest, oldest] = links as [ChainLink, ChainLink];
    const entry = { ...oldest.entry, actor: 'b' };
    const forged = { ...oldest, entry, hash: chainHash(oldest.previous, entry) };
    expect(chainProblem([newest, forged], head)).toContain('entry 1');
    const start = Uint8Array.from(CHAIN_START).fill(1);
    const other = { entry: oldest.entry, previous: start, hash: chainHash(start, oldest.entry) };
    expect(chainProblem([other], other.hash)).toContain('cut off');
  });
});
