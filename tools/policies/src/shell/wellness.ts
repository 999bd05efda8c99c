/**
 * What is wrong with targets although the manager has what the file says: that is about policies, and a policy protects
 * nothing that the manager does not control, that is not there, or whose backups fail.
 */
import type { CandidHealth } from '@canister-backup/shared';
import type { Principal } from '@dfinity/principal';
import type { Actual, Wanted } from '../core/types.ts';
import type { Door } from './door.ts';
import { granted, type Manager } from './manager.ts';

/** `not_controller`, `target_not_found`, `paused`, or a code of health that is critical. */
export interface Trouble {
  /** Undefined: the manager itself. */
  readonly canister?: string | undefined;
  readonly code: string;
  readonly message: string;
}

/** Targets of one page. */
const PAGE = 100;

export async function findTroubles(door: Door, wanted: Wanted, actual: Actual): Promise<Trouble[]> {
  const named = new Map(wanted.targets.map((target) => [target.canister, target]));
  const protectedNow = actual.targets.filter(({ canister }) => named.has(canister));
  const [control, ill] = await Promise.all([
    Promise.all(protectedNow.map(({ canister }) => outOfControl(door, canister))),
    illOf(door.manager),
  ]);
  const lost = control.filter((trouble) => trouble !== undefined);
  const told = new Set(lost.map(({ canister }) => canister));
  const meant = (trouble: Trouble) =>
    trouble.code === 'paused' && named.get(trouble.canister ?? '')?.paused !== undefined;
  const ofOthers = (trouble: Trouble) => trouble.code === 'paused' && !named.has(trouble.canister ?? '');
  const news = ill.filter((trouble) => trouble.canister === undefined || !told.has(trouble.canister));
  return [...lost, ...news.filter((trouble) => !meant(trouble) && !ofOthers(trouble))];
}

async function outOfControl({ controllersOf, id }: Door, canister: string): Promise<Trouble | undefined> {
  const controllers = await controllersOf(canister);
  if (controllers?.includes(id)) return undefined;
  if (controllers === undefined) {
    const message = `There is no canister ${canister} any more. Unregister it, and take it out of the file.`;
    return { canister, code: 'target_not_found', message };
  }
  const message =
    `The manager ${id} is no controller of ${canister} any more, so there are no backups of it. Add it: ` +
    `\`dfx canister update-settings ${canister} --add-controller ${id}\` or ` +
    `\`icp canister settings update ${canister} --add-controller ${id}\`.`;
  return { canister, code: 'not_controller', message };
}

/** Only what is critical, and pauses: another warning is no breach. */
async function illOf(manager: Manager): Promise<Trouble[]> {
  const troubles: Trouble[] = [];
  let after: [] | [Principal] = [];
  do {
    const page: CandidHealth<Principal> = granted(await manager.health([{ canister: [], after, limit: [PAGE] }]));
    if (after.length === 0) troubles.push(...criticalOf(page.manager.reasons));
    for (const { canister, reasons } of page.items) troubles.push(...criticalOf(reasons, canister.toText()));
    after = page.next;
  } while (after.length > 0);
  return troubles;
}

function criticalOf(reasons: CandidHealth<Principal>['manager']['reasons'], canister?: string): Trouble[] {
  return reasons
    .filter(({ level, code }) => level === 'critical' || code === 'paused')
    .map(({ code, message }) => ({ canister, code, message }));
}
