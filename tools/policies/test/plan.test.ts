import { DEFAULT_POLICY } from '@canister-backup/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plan } from '../src/core/plan.ts';
import type { Actual, Wanted } from '../src/core/types.ts';
import { policyInWords } from '../src/core/words.ts';
import { actual, after, CALLER, canister, DAILY, wanted } from './worlds.ts';

const options = fc.record({ prune: fc.boolean(), caller: fc.constant(CALLER) });
const KEEPING = { prune: false, caller: CALLER };
const carryOut = (from: Actual, { steps }: ReturnType<typeof plan>) => steps.reduce(after, from);

describe('a plan', () => {
  test('is empty once it was carried out: nothing is done twice', () => {
    fc.assert(
      fc.property(wanted, actual, options, (want, have, how) => {
        expect(plan(want, carryOut(have, plan(want, have, how)), how).steps).toEqual([]);
      }),
    );
  });

  test('leads to what the file says, in every field that it says', () => {
    fc.assert(
      fc.property(wanted, actual, options, (want, have, how) => {
        const done = carryOut(have, plan(want, have, how));
        for (const { canister, policy, paused } of want.targets) {
          const target = done.targets.find((one) => one.canister === canister);
          expect(target && policyInWords(target.policy)).toEqual(policyInWords(policy));
          if (paused !== undefined) expect(target?.paused).toBe(paused);
        }
        if (want.defaultTarget !== undefined) {
          expect(done.targets.find(({ isDefault }) => isDefault)?.canister ?? null).toBe(want.defaultTarget);
        }
        expect(done.roles).toEqual(expect.arrayContaining([...(want.roles ?? [])]));
      }),
    );
  });

  test('may stop anywhere, and a new one goes on from there', () => {
    fc.assert(
      fc.property(wanted, actual, options, fc.nat(20), (want, have, how, until) => {
        const steps = plan(want, have, how).steps.slice(0, until);
        const halfWay = carryOut(have, { steps, notes: [] });
        expect(plan(want, carryOut(halfWay, plan(want, halfWay, how)), how).steps).toEqual([]);
      }),
    );
  });

  test('touches nothing that the file does not name, unless it is told to; then it still revokes nobody’s own role', () => {
    fc.assert(
      fc.property(wanted, actual, options, (want, have, how) => {
        const named = new Set(want.targets.map(({ canister }) => canister));
        const { steps, notes } = plan(want, have, how);
        const taking = steps.filter(({ call }) => call === 'unregister' || call === 'revoke');
        if (!how.prune) expect(taking).toEqual([]);
        for (const step of steps) {
          if (step.call === 'unregister') expect(named.has(step.canister)).toBe(false);
          if (step.call === 'revoke') expect(step.who).not.toBe(CALLER);
        }
        const untouched = how.prune ? [] : have.targets.filter(({ canister }) => !named.has(canister));
        const told = notes.filter(({ kind }) => kind === 'not_in_file');
        expect(told).toEqual(untouched.map(({ canister }) => ({ kind: 'not_in_file', canister })));
      }),
    );
  });

  test('has only calls that delete no snapshot, those that take away last', () => {
    fc.assert(
      fc.property(wanted, actual, options, (want, have, how) => {
        const calls = plan(want, have, how).steps.map(({ call }) => call);
        const order = ['register', 'set_policy', 'pause', 'resume', 'set_default', 'grant', 'unregister', 'revoke'];
        expect(calls.filter((call) => !order.includes(call))).toEqual([]);
        const taking = calls.map((call) => call === 'unregister' || call === 'revoke');
        expect(taking).toEqual([...taking].sort());
      }),
    );
  });
});

describe('a difference', () => {
  const one = (target: Partial<Actual['targets'][number]>): Actual => ({
    targets: [{ canister: canister(1), policy: DEFAULT_POLICY, isDefault: false, paused: false, ...target }],
    roles: [],
  });
  const want = (target: Partial<Wanted['targets'][number]>): Wanted => ({
    targets: [{ canister: canister(1), policy: DEFAULT_POLICY, ...target }],
  });

  test('names each field that changes, in the words of the file', () => {
    const policy = { ...DAILY, keep: 3, retention: undefined, quiet: { from: 1320, to: 360 }, jitter: 900n };
    expect(plan(want({ policy }), one({}), KEEPING).steps).toEqual([
      {
        call: 'set_policy',
        canister: canister(1),
        policy,
        changes: [
          { field: 'schedule', from: 'every 6h', to: 'every 1d' },
          { field: 'keep', from: '8', to: '3' },
          { field: 'retention', from: 'last 2, daily 4, weekly 2', to: 'the newest' },
          { field: 'quiet_hours', from: 'none', to: '22:00 to 06:00 UTC' },
          { field: 'jitter', from: 'none', to: '15m' },
        ],
      },
    ]);
  });

  test('is not what only looks different', () => {
    const margin = { days: 30, cycles: 10n ** 12n };
    const { schedule, keep, mode } = DEFAULT_POLICY;
    const plain = { schedule, keep, mode };
    const policy = { ...plain, jitter: 0n, skipUnchanged: false, maxDowntime: 30n, margin };
    expect(plan(want({ policy }), one({ policy: plain }), KEEPING).steps).toEqual([]);
  });

  test('is noted where the file says nothing', () => {
    const held = one({ paused: true, heldUntil: 5n });
    expect(plan(want({}), held, KEEPING)).toEqual({
      steps: [],
      notes: [
        { kind: 'paused', canister: canister(1) },
        { kind: 'held', canister: canister(1), until: 5n },
      ],
    });
    const { roles: _, ...unseen } = one({});
    expect(plan({ ...want({}), roles: [] }, unseen, KEEPING).notes).toEqual([{ kind: 'roles_unseen' }]);
  });
});
