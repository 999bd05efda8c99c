/**
 * What becomes of an alarm that sleeps. The IC forgets the timer of a canister that gets other code, and no snapshot brings it
 * back; after a load the CDK believes in the timer of the heap that was loaded, and sets none. The same is so after a trap that
 * undoes an execution of the CDK's timers. The next update call of an authorized caller finds that out and wakes it.
 *
 * Only a look at our own history tells whether this heap was loaded. If so, none of the calls that it believes in will be
 * answered, and its open runs go on as after an upgrade.
 */
import { ALARM_GRACE_NANOS } from '@canister-backup/shared';
import { history } from '../gateway/management.ts';
import { nextRing, orTrap, rearmAll, soon } from '../platform/alarm.ts';
import { ringNow, timerLost, timerUnset } from '../platform/global-timer.ts';
import { now, self } from '../platform/ic.ts';
import { beginAnew } from '../platform/incarnation.ts';
import { record } from '../store/history.ts';
import { resume } from './schedule.ts';

/** Since when this heap has certainly not been loaded (nanoseconds). */
let ownSince = 0n;

/** When it was last asked whether it was. */
let askedAt = 0n;

/** After an install or an upgrade: this heap is new. */
export function awake(): void {
  ownSince = now();
}

/**
 * A timer is set at once if the IC's was lost. The alarms are set anew only if one is overdue, or the heap was loaded: an
 * update in every round must not put off what is about to ring.
 */
export function wake(): void {
  const rings = nextRing();
  const overdue = rings !== undefined && now() > rings + ALARM_GRACE_NANOS;
  if (!timerLost() && !(overdue && timerUnset())) return;
  if (overdue) rearmAll();
  if (now() >= askedAt + ALARM_GRACE_NANOS) {
    askedAt = now();
    soon(lookBack);
  }
  ringNow();
}

function lookBack(): void {
  const asked = now();
  history(self()).then(
    ({ history: changes = [] }) =>
      orTrap(() => {
        const loads = changes.filter(({ what, at }) => what === 'load_snapshot' && at > ownSince);
        ownSince = asked;
        if (loads.length > 0) reborn(loads.at(-1)!);
      }),
    // Then the next call that finds the alarm asleep asks again.
    () => {},
  );
}

function reborn({ at, by }: { readonly at: bigint; readonly by: string }): void {
  record({ kind: 'loaded', actor: by, cause: 'load_canister_snapshot', details: [['loaded_at', String(at)]] });
  beginAnew();
  rearmAll();
  resume();
}
