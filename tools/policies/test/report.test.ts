import { DEFAULT_POLICY } from '@canister-backup/shared';
import { describe, expect, test } from 'vitest';
import { plan } from '../src/core/plan.ts';
import type { Actual, Wanted } from '../src/core/types.ts';
import { appliedText, planText } from '../src/report/text.ts';
import type { Seen } from '../src/report/types.ts';
import { CALLER, canister, DAILY } from './worlds.ts';

const [MANAGER, NEW, CHANGED, OLD] = [0, 1, 2, 3].map(canister) as [string, string, string, string];
const SECOND = 1_000_000_000n;

const wanted: Wanted = {
  targets: [
    { canister: NEW, name: 'shop', policy: { ...DEFAULT_POLICY, jitter: 900n }, paused: true },
    { canister: CHANGED, name: 'ledger', policy: { ...DAILY, keep: 2 } },
  ],
  defaultTarget: CHANGED,
  roles: [{ who: OLD, role: 'operator', canister: NEW }],
};
const target = { policy: DEFAULT_POLICY, isDefault: false, paused: false };
const actual: Actual = {
  targets: [
    { ...target, canister: CHANGED, paused: true, heldUntil: 1_767_258_000n * SECOND },
    { ...target, canister: OLD },
  ],
  roles: [{ who: NEW, role: 'viewer' }],
};

function seen(prune: boolean): Seen {
  return {
    manager: MANAGER,
    network: 'ic',
    asker: { name: 'alice of dfx', principal: CALLER },
    file: 'policies.json',
    wanted,
    registered: 2,
    plan: plan(wanted, actual, { prune, caller: CALLER }),
    foreseen: {
      going: new Map([[CHANGED, [{ snapshot: 'ab01', takenAt: 1_767_258_000n * SECOND, reason: 'beyond_keep' }]]]),
      uncontrolled: [{ canister: NEW, exists: true }],
    },
    troubles: [],
  };
}

describe('a plan in words', () => {
  test('says who and where, what changes and how, what is odd, and what to type', () => {
    expect(planText(seen(false)).join('\n')).toBe(
      `Manager  ${MANAGER} on ic
Asking   alice of dfx, ${CALLER}
File     policies.json, 2 targets; the manager has 2

+ shop ${NEW}
    register, every 6h, keep 8, mode stop, retention last 2, daily 4, weekly 2, jitter 15m
~ ledger ${CHANGED}
    schedule        every 6h -> every 1d
    keep            8 -> 2
    1 snapshot of it would go later, at most one an interval:
      2026-01-01 09:00 UTC  ab01  beyond_keep
~ shop ${NEW}
    pause: the timer makes no backups of it until resume
~ shop ${NEW}
    name            none -> shop
~ ledger ${CHANGED}
    name            none -> ledger
~ default target  none -> ledger ${CHANGED}
+ operator ${OLD} on shop ${NEW}
! ledger ${CHANGED} is paused, and the file does not say whether it should be. It stays paused.
! ledger ${CHANGED} is held until 2026-01-01 09:00 UTC: no backups before that.
! ${OLD} is not in the file and stays as it is; --prune would unregister it.
! viewer ${NEW} on all targets: not in the file, and stays; --prune would revoke it, but never one's own.

The manager is no controller of these, and will refuse them. With dfx or with icp:
  dfx canister update-settings ${NEW} --network ic --add-controller ${MANAGER}
  icp canister settings update ${NEW} -n ic --add-controller ${MANAGER}

1 to register, 1 to change, 1 to pause, 2 to name, 1 default to set, 1 to grant. None of it deletes a snapshot.`,
    );
  });

  test('shows what --prune takes away', () => {
    const text = planText(seen(true));
    expect(text).toContain(`- ${OLD}`);
    expect(text).toContain('    unregister: no more backups; its snapshots stay, and go on to cost');
    expect(text).toContain(`- viewer ${NEW} on all targets`);
  });

  test('ends with what was refused, and what is left', () => {
    const [step] = seen(false).plan.steps;
    const error = { code: 'not_controller', message: 'Add it.', context: [] };
    expect(appliedText([{ step: step!, error }], seen(false), [step!])).toEqual([
      '',
      `! register shop ${NEW} was refused (not_controller): Add it.`,
      '0 steps done, 1 refused.',
      'Not as the file says yet: 1 to register. None of it deletes a snapshot.',
    ]);
    expect(appliedText([{ step: step! }], seen(false), [])).toEqual([
      '',
      '1 step done, 0 refused.',
      'In sync: the manager has what the file says.',
    ]);
  });
});
