/** What can be seen beforehand of a plan: which snapshots a new policy lets go of, and which targets nobody could add. */
import { bytesToHex, writePolicy } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import type { Plan } from '../core/types.ts';
import type { Door } from './door.ts';
import type { Manager } from './manager.ts';

/** A snapshot that goes sooner or later, and retention's reason. */
export interface Going {
  readonly snapshot: string;
  /** Nanoseconds. */
  readonly takenAt: bigint;
  readonly reason: string;
}

export interface Foreseen {
  /** By target, for each change of how many are kept or which. A text says why it cannot be foreseen. */
  readonly going: ReadonlyMap<string, readonly Going[] | string>;
  /** Targets that do not have the manager among their controllers, or are not there. */
  readonly uncontrolled: readonly { readonly canister: string; readonly exists: boolean }[];
}

const OF_RETENTION = new Set(['keep', 'retention']);

export async function foresee(
  { steps }: Plan,
  { manager, controllersOf, id }: Pick<Door, 'manager' | 'controllersOf' | 'id'>,
): Promise<Foreseen> {
  const going = new Map<string, readonly Going[] | string>();
  const uncontrolled: { canister: string; exists: boolean }[] = [];
  await Promise.all(
    steps.map(async (step) => {
      if (step.call === 'register') {
        const controllers = await controllersOf(step.canister);
        if (controllers?.includes(id)) return;
        uncontrolled.push({ canister: step.canister, exists: controllers !== undefined });
      } else if (step.call === 'set_policy' && step.changes.some(({ field }) => OF_RETENTION.has(field))) {
        going.set(step.canister, await goingFrom(manager, step));
      }
    }),
  );
  const order = steps.map((step) => ('canister' in step ? step.canister : undefined));
  uncontrolled.sort((a, b) => order.indexOf(a.canister) - order.indexOf(b.canister));
  return { going, uncontrolled };
}

type PolicyStep = Extract<Plan['steps'][number], { call: 'set_policy' }>;

async function goingFrom(manager: Manager, { canister, policy }: PolicyStep): Promise<readonly Going[] | string> {
  const answer = await manager.plan_retention({
    canister: Principal.fromText(canister),
    policy: [writePolicy(policy)],
  });
  if ('Err' in answer) return answer.Err.message;
  return answer.Ok.items
    .filter(({ keep }) => !keep)
    .map(({ snapshot_id, taken_at, reason }) => ({
      snapshot: bytesToHex(Uint8Array.from(snapshot_id)),
      takenAt: taken_at,
      reason,
    }));
}
