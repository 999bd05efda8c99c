/** Whatever a file may want and a manager may have, for properties; and a manager that does what a step says. */
import { DEFAULT_POLICY, type Policy, ROLES } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import fc from 'fast-check';
import type { Actual, ActualTarget, RoleOf, Step, Wanted, WantedTarget } from '../src/core/types.ts';

/** A canister with this number. */
export function canister(number: number): string {
  return Principal.fromUint8Array(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, number, 1, 1)).toText();
}

const CANISTERS = [0, 1, 2, 3, 4].map(canister);
const PEOPLE = [10, 11].map(canister);
export const CALLER = canister(12);

const policy: fc.Arbitrary<Policy> = fc.record(
  {
    schedule: fc.constantFrom<Policy['schedule']>(
      { kind: 'every', seconds: 3600n },
      { kind: 'every', seconds: 86_400n },
      { kind: 'calendar', cron: '0 3 * * *' },
    ),
    keep: fc.integer({ min: 1, max: 8 }),
    mode: fc.constantFrom('stop', 'running'),
    quiet: fc.constantFrom({ from: 0, to: 60 }, { from: 1320, to: 360 }),
    jitter: fc.constantFrom(0n, 600n),
    skipUnchanged: fc.boolean(),
    maxDowntime: fc.constantFrom(30n, 300n),
    margin: fc.constantFrom({ days: 30, cycles: 10n ** 12n }, { days: 1, cycles: 5n }),
    probe: fc.constant({ method: 'size', arg: '4449444c0000', rules: [{ measure: 'reply_bytes', atLeast: 1n }] }),
  },
  { requiredKeys: ['schedule', 'keep', 'mode'] },
);

const role: fc.Arbitrary<RoleOf> = fc
  .record({
    who: fc.constantFrom(...PEOPLE, CALLER),
    role: fc.constantFrom(...ROLES),
    canister: fc.option(fc.constantFrom(...CANISTERS), { nil: undefined }),
  })
  .map(({ who, role, canister }) => ({ who, role, ...(canister !== undefined && { canister }) }));
const roles = fc.uniqueArray(role, { maxLength: 4, selector: (one) => JSON.stringify(one) });

const wantedTarget: fc.Arbitrary<WantedTarget> = fc.record({
  canister: fc.constantFrom(...CANISTERS),
  paused: fc.option(fc.boolean(), { nil: undefined }),
  policy,
});
const actualTarget: fc.Arbitrary<ActualTarget> = fc.record({
  canister: fc.constantFrom(...CANISTERS),
  policy,
  isDefault: fc.constant(false),
  paused: fc.boolean(),
});
const some = <T extends { canister: string }>(target: fc.Arbitrary<T>) =>
  fc.uniqueArray(target, { maxLength: 5, selector: ({ canister }) => canister });

export const wanted: fc.Arbitrary<Wanted> = fc
  .record({
    targets: some(wantedTarget),
    roles: fc.option(roles, { nil: undefined }),
    choice: fc.constantFrom<'keep' | 'none' | 'first'>('keep', 'none', 'first'),
  })
  .map(({ targets, roles, choice }) => {
    const first = targets[0]?.canister ?? null;
    return { targets, roles, defaultTarget: choice === 'keep' ? undefined : choice === 'none' ? null : first };
  });

export const actual: fc.Arbitrary<Actual> = fc
  .record({ targets: some(actualTarget), roles, chosen: fc.nat(5) })
  .map(({ targets, roles, chosen }) => ({
    targets: targets.map((target, index) => ({ ...target, isDefault: index === chosen })),
    roles,
  }));

/** The manager after a step, by its interface. */
export function after(actual: Actual, step: Step): Actual {
  const change = (canister: string, changed: Partial<ActualTarget>): Actual => {
    if (actual.targets.every((target) => target.canister !== canister)) throw new Error('unknown_target');
    const targets = actual.targets.map((target) => (target.canister === canister ? { ...target, ...changed } : target));
    return { ...actual, targets };
  };
  const key = ({ who, role, canister }: RoleOf) => `${who} ${role} ${canister}`;
  const held = actual.roles ?? [];
  switch (step.call) {
    case 'register': {
      const { canister, policy } = step;
      if (actual.targets.some((target) => target.canister === canister)) throw new Error('duplicate_target');
      return { ...actual, targets: [...actual.targets, { canister, policy, isDefault: false, paused: false }] };
    }
    case 'set_policy':
      return change(step.canister, { policy: step.policy });
    case 'pause':
    case 'resume':
      return change(step.canister, { paused: step.call === 'pause' });
    case 'unregister':
      change(step.canister, {});
      return { ...actual, targets: actual.targets.filter(({ canister }) => canister !== step.canister) };
    case 'set_name': {
      const { canister, name } = step;
      if (name !== null && actual.targets.some((one) => one.name === name)) throw new Error('name_taken');
      return change(canister, { name: name ?? undefined });
    }
    case 'set_default': {
      if (step.canister !== null) change(step.canister, {});
      const targets = actual.targets.map((one) => ({ ...one, isDefault: one.canister === step.canister }));
      return { ...actual, targets };
    }
    case 'grant': {
      const { call: _, ...granted } = step;
      return { ...actual, roles: [...held.filter((one) => key(one) !== key(granted)), granted] };
    }
    case 'revoke':
      return { ...actual, roles: held.filter((one) => key(one) !== key(step)) };
  }
}

export const DAILY: Policy = { ...DEFAULT_POLICY, schedule: { kind: 'every', seconds: 86_400n } };
