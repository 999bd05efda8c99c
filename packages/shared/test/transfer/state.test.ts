import { Principal } from '@dfinity/principal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CatalogEntry,
  DEFAULT_POLICY,
  type Doubt,
  encodeSnapshotId,
  failure,
  joinItems,
  MAX_PINS,
  nameOf,
  readState,
  type StateItem,
  type TargetItem,
  writeItem,
  writePolicy,
} from '../../src/index.ts';
import { judgeTarget } from '../../src/transfer/judge.ts';
import { TARGET } from '../run/world.ts';

const OTHER = 'bd3sg-teaaa-aaaaa-qaaba-cai';
const idOf = (local: bigint, canister = TARGET) =>
  Buffer.from(encodeSnapshotId({ canister, number: local })!).toString('hex');

const nat64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const text = fc.string({ unit: 'binary', maxLength: 20 });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const principal = fc.uint8Array({ maxLength: 29 }).map((bytes) => Principal.fromUint8Array(bytes).toText());

const doubt: fc.Arbitrary<Doubt> = fc.record({
  kind: fc.constantFrom('suspect', 'unknown', 'marked', 'unproven'),
  reasons: fc.array(
    text.map((label) => failure('snapshot_pinned', { canister: TARGET, snapshot: '00', label })),
    { maxLength: 2 },
  ),
  otherwiseGood: fc.boolean(),
});

/** Anything that a catalog can hold, good only where it may be. */
const entryOf = (id: string): fc.Arbitrary<CatalogEntry> =>
  fc
    .record({
      takenAt: nat64,
      size: nat64,
      runId: nat64,
      mode: fc.constantFrom('stop', 'running'),
      moduleHash: some(hash),
      version: some(nat64),
      state: fc.constantFrom('incomplete', 'complete', 'deleting'),
      fingerprint: some(
        fc.record({
          certainty: fc.constantFrom('exact', 'approximate', 'unknown'),
          probe: text,
          reply: some(
            fc.record({
              size: fc.nat(),
              hash,
              naturals: fc.array(fc.bigInt({ min: 0n, max: 2n ** 200n }), { maxLength: 3 }),
            }),
          ),
        }),
      ),
      doubt: some(doubt),
      origin: some(fc.constantFrom('manual', 'adopted')),
      pin: some(text.filter((label) => label.length > 0)),
      versionAfter: some(nat64),
      safetyUntil: some(nat64),
      every: some(nat64),
      good: fc.boolean(),
    } as const)
    .map(({ good, ...entry }) => {
      const may = entry.state === 'complete' && entry.doubt === undefined && entry.safetyUntil === undefined;
      return { ...entry, id, canister: TARGET, good: good && may } as CatalogEntry;
    });

const item: fc.Arbitrary<StateItem> = fc.oneof(
  fc.record({
    kind: fc.constant('manager' as const),
    manager: principal,
    at: nat64,
    runs: nat64,
    defaultTarget: some(principal),
    publicHttp: fc.boolean(),
    pausedAll: some(fc.boolean()),
  }),
  fc.record({
    kind: fc.constant('target' as const),
    canister: fc.constant(TARGET),
    registered: some(
      fc.record({
        policy: fc.constant(writePolicy({ ...DEFAULT_POLICY, afterRestore: { method: 'wake', arg: '00ff' } })),
        registeredAt: nat64,
        next: nat64,
        paused: some(fc.boolean()),
        held: some(fc.record({ until: nat64, by: principal })),
        shrunkUntil: some(nat64),
      }),
    ),
    snapshots: fc.tuple(...[1n, 2n, 3n].map((local) => entryOf(idOf(local)))),
    restored: some(fc.record({ snapshot: fc.constant(idOf(1n)), version: nat64 })),
    pacedFrom: some(nat64),
  }),
  fc.record({
    kind: fc.constant('roles' as const),
    who: principal,
    grants: fc.array(
      fc.record({
        role: fc.constantFrom('viewer', 'operator', 'restorer', 'admin'),
        canister: some(principal),
        grantedBy: principal,
        grantedAt: nat64,
      }),
      { maxLength: 2 },
    ),
  }),
);

const page = (...items: readonly unknown[]) => joinItems(items.map((one) => writeItem(one as StateItem)));
const refusal = (text: string) => {
  const read = readState(text);
  return 'Err' in read ? read.Err.message : 'taken';
};

describe('a state as text', () => {
  it('is ASCII, and the same when it is read again', () => {
    fc.assert(
      fc.property(fc.uniqueArray(item, { selector: nameOf, maxLength: 4 }), (items) => {
        const text = page(...items);
        expect(text).toMatch(/^[\x20-\x7e]*$/);
        const read = readState(text);
        expect('Ok' in read && read.Ok).toEqual(items);
      }),
    );
  });

  it('is refused with a word on what is wrong, whatever is in it, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((inner) => `{"version":1,"items":[${inner}]}`),
        ),
        (text) => {
          const read = readState(text);
          if ('Err' in read) expect(read.Err.code).toBe('invalid_argument');
        },
      ),
    );
  });

  const entry = {
    id: idOf(1n),
    canister: TARGET,
    takenAt: 1n,
    size: 1n,
    runId: 1n,
    mode: 'stop',
    state: 'complete',
    good: true,
  };
  const target = (changes: object) => ({ kind: 'target', canister: TARGET, snapshots: [entry], ...changes });

  it.each([
    ['another version', '{"version":2,"items":[]}', 'version 1'],
    ['an item of no kind', page({ kind: 'other' }), 'a manager, a target or roles'],
    ['one target twice', page(target({}), target({})), 'is there twice'],
    ['a snapshot twice', page(target({ snapshots: [entry, entry] })), 'each once'],
    ["another canister's snapshot", page(target({ snapshots: [{ ...entry, id: idOf(1n, OTHER) }] })), 'that canister'],
    ['a good one that is incomplete', page(target({ snapshots: [{ ...entry, state: 'incomplete' }] })), 'good only if'],
    ['a good safety snapshot', page(target({ snapshots: [{ ...entry, safetyUntil: 9n }] })), 'good only if'],
    [
      'a policy without a schedule',
      page(target({ registered: { policy: {}, registeredAt: 1n, next: 1n } })),
      'schedule',
    ],
  ])('is refused for %s', (_, text, expected) => {
    expect(refusal(text)).toContain(expected);
  });
});

describe('an import of one canister', () => {
  const wanted = (local: bigint, changes: Partial<CatalogEntry> = {}): CatalogEntry => ({
    id: idOf(local),
    canister: TARGET,
    takenAt: local,
    size: 100n,
    runId: 7n,
    mode: 'stop',
    state: 'complete',
    good: true,
    ...changes,
  });
  const unproven: Doubt = { kind: 'unproven', reasons: [], otherwiseGood: true };
  const itemOf = (...snapshots: CatalogEntry[]): TargetItem => ({ kind: 'target', canister: TARGET, snapshots });
  const judge = (item: TargetItem, catalog: readonly CatalogEntry[], listed = item.snapshots) =>
    judgeTarget(item, { catalog, listed, now: 1000n });

  it('leaves out what the IC does not list so', () => {
    const item = itemOf(wanted(1n), wanted(2n), wanted(3n));
    const listed = [wanted(1n), wanted(2n, { size: 99n })];
    const { entries, changes } = judge(item, [], listed);
    expect(entries.map(({ id }) => id)).toEqual([idOf(1n)]);
    expect(changes.map(({ change, reason }) => [change, reason?.code])).toEqual([
      ['add', undefined],
      ['refuse', 'snapshot_differs'],
      ['refuse', 'snapshot_not_found'],
    ]);
  });

  it('changes of what is known only what is unproven, and makes nothing better than the state says', () => {
    const kinds = fc.constantFrom('good', 'marked', 'suspect', 'unproven', 'safety', 'absent');
    const made = (local: bigint, kind: string): CatalogEntry =>
      wanted(local, {
        good: kind === 'good',
        ...(['marked', 'suspect', 'unproven'].includes(kind) && { doubt: { ...unproven, kind: kind as 'marked' } }),
        ...(kind === 'safety' && { safetyUntil: 5000n }),
      });
    fc.assert(
      fc.property(fc.array(fc.tuple(kinds, kinds), { maxLength: 8 }), (pairs) => {
        const side = (at: 0 | 1) =>
          pairs.flatMap((pair, i) => (pair[at] === 'absent' ? [] : [made(BigInt(i + 1), pair[at])]));
        const [inFile, here] = [side(0), side(1)];
        const { entries } = judge(itemOf(...inFile), here);
        for (const entry of entries) {
          const before = here.find(({ id }) => id === entry.id);
          expect(before === undefined || before.doubt?.kind === 'unproven').toBe(true);
          expect(entry).toEqual(inFile.find(({ id }) => id === entry.id));
        }
        const after = [...here.filter(({ id }) => !entries.some((entry) => entry.id === id)), ...entries];
        expect(judge(itemOf(...inFile), after)).toMatchObject({ entries: [], changes: [] });
      }),
    );
  });

  it('keeps the label of a pin that was set here, and takes no more pins than a target may have', () => {
    const here = wanted(1n, { good: false, doubt: unproven, pin: 'mine' });
    const { entries } = judge(itemOf(wanted(1n, { pin: 'theirs' })), [here]);
    expect(entries).toMatchObject([{ pin: 'mine', good: true }]);
    const pinned = Array.from({ length: MAX_PINS + 1 }, (_, at) => wanted(BigInt(at + 1), { pin: `p${at}` }));
    const full = judge(itemOf(...pinned), []);
    expect(full.entries.filter(({ pin }) => pin !== undefined)).toHaveLength(MAX_PINS);
    expect(full.entries).toHaveLength(MAX_PINS + 1);
    expect(full.changes.find(({ change }) => change === 'refuse')?.reason?.code).toBe('too_many_pins');
  });
});
