/** Takes the state of a manager, as far as it holds: what is read from it is held against what the IC says. */
import {
  type CandidImported,
  type CandidStateChange,
  type ErrorValue,
  explainReject,
  failure,
  type Here,
  IMPORTS_AT_ONCE,
  type Judgement,
  judgeTarget,
  keepsAlike,
  type ListedSnapshot,
  type ManagerItem,
  type Result,
  type RolesItem,
  readState,
  STATE_PAGE_ITEMS,
  type StateChange,
  type StateItem,
  type TargetItem,
  withGrant,
} from '@canister-backup/shared';
import { Principal } from 'azle';
import { requireController } from '../access.ts';
import { list, rejectOf, status } from '../gateway/management.ts';
import { now, self } from '../platform/ic.ts';
import { targetChanged } from '../runs/looks.ts';
import { schedule } from '../runs/schedule.ts';
import { catalogOf, pacedFrom, recordSnapshot, restoredIn, setPacedFrom, setRestored } from '../store/canisters.ts';
import { decodeAscii } from '../store/codec.ts';
import { grantsOf, putGrants } from '../store/grants.ts';
import { record } from '../store/history.ts';
import { defaultTarget, publicHttp, raiseRunCount, runCount, setDefaultTarget, setPublicHttp } from '../store/meta.ts';
import { areAllPaused, getTarget, pauseAll, putTarget, targetCalled } from '../store/targets.ts';
import { type Answer, candidError, ok, opt, refuse } from './results.ts';
import { refuseGrantee } from './roles.ts';
import { refuseBusy } from './runs.ts';
import { agePolicy, policyDetails, refuseCanister, refuseOneMore } from './targets.ts';
import { bytesOf } from './views.ts';

interface Order {
  readonly apply: boolean;
  readonly actor: string;
}

export async function importState(arg: {
  state: Uint8Array;
  apply: boolean;
  roles: [] | [boolean];
}): Promise<Answer<CandidImported<Principal>>> {
  const asking = requireController('import_state');
  if ('Err' in asking) return refuse(asking.Err);
  const items = readItems(arg.state);
  if ('Err' in items) return refuse(items.Err);
  const order = { apply: arg.apply, actor: asking.Ok.principal };
  const changes = await importTargets(
    items.Ok.filter((item) => item.kind === 'target'),
    order,
  );
  for (const item of items.Ok) {
    if (item.kind === 'manager') changes.push(...importManager(item, order));
    if (item.kind === 'roles' && arg.roles[0] === true) changes.push(...importRoles(item, order));
  }
  if (arg.apply) schedule();
  return ok({ changes: changes.map(viewChange), applied: arg.apply });
}

function readItems(bytes: Uint8Array): Result<StateItem[]> {
  const items = readState(decodeAscii(bytes));
  if ('Err' in items || items.Ok.length <= STATE_PAGE_ITEMS) return items;
  const expected = `at most ${STATE_PAGE_ITEMS} items; bring the pages of export_state one by one`;
  return { Err: failure('invalid_argument', { field: 'state', value: `${items.Ok.length} items`, expected }) };
}

async function importTargets(items: readonly TargetItem[], order: Order): Promise<StateChange[]> {
  const changes: StateChange[] = [];
  for (let at = 0; at < items.length; at += IMPORTS_AT_ONCE) {
    const some = items.slice(at, at + IMPORTS_AT_ONCE).map((item) => importTarget(item, order));
    changes.push(...(await Promise.all(some)).flat());
  }
  return changes;
}

/** What the IC says comes last before the decision, and the decision and its effects are one execution. */
async function importTarget(item: TargetItem, order: Order): Promise<StateChange[]> {
  const { canister } = item;
  const listed = refuseItem(item) ?? (await listControlled(canister));
  const refusal = 'code' in listed ? listed : refuseItem(item);
  if (refusal !== undefined) return [{ change: 'refuse', what: 'target', canister, detail: '', reason: refusal }];
  const here: Here = {
    registered: getTarget(canister),
    catalog: catalogOf(canister),
    listed: listed as readonly ListedSnapshot[],
    now: now(),
  };
  const judgement = judgeTarget(item, here);
  if (order.apply) carryOut(item, judgement, order.actor);
  return [...judgement.changes];
}

/** Why nothing of a canister can be taken, as far as this manager knows. */
function refuseItem({ canister, registered }: TargetItem): ErrorValue | undefined {
  const isNew = registered !== undefined && getTarget(canister) === undefined;
  return refuseCanister(canister) ?? refuseBusy(canister) ?? (isNew ? refuseOneMore() : undefined);
}

/** Only a controller may read the status, so reading it is the proof. */
async function listControlled(canister: string): Promise<readonly ListedSnapshot[] | ErrorValue> {
  try {
    const [, listed] = await Promise.all([status(canister), list(canister)]);
    return listed;
  } catch (error) {
    const reject = rejectOf(error);
    if (reject === undefined) throw error;
    return explainReject('status', reject, { canister, manager: self() });
  }
}

function carryOut(
  { canister, restored, pacedFrom: from = 0n }: TargetItem,
  { changes, registered, entries }: Judgement,
  actor: string,
): void {
  if (registered !== undefined) {
    const known = getTarget(canister);
    if (known !== undefined && !keepsAlike(known.policy, registered.policy)) agePolicy(known);
    const { paused: _, held: __, ...before } = known ?? {};
    // A name that another target has here stays with that one.
    const called = registered.name === undefined ? undefined : targetCalled(registered.name);
    const name = called === undefined || called.canister === canister ? registered.name : known?.name;
    putTarget({ ...before, ...registered, canister, name });
    targetChanged(canister);
  }
  if (from > (pacedFrom(canister) ?? 0n)) setPacedFrom(canister, from < now() ? from : now());
  for (const entry of entries) recordSnapshot(entry);
  if (restored !== undefined && restoredIn(canister) === undefined) setRestored(canister, restored);
  if (changes.length === 0) return;
  const details = changes.map(({ change, what, snapshot, detail, reason }): [string, string] => [
    what,
    [change, snapshot, detail, reason?.code].filter((word) => word !== undefined && word !== '').join(' '),
  ]);
  const policy = registered === undefined ? [] : policyDetails(registered);
  record({ kind: 'imported', actor, cause: 'import_state', canister, details: [...details, ...policy] });
}

function importManager(item: ManagerItem, order: Order): StateChange[] {
  const { runs, defaultTarget: wanted, publicHttp: open, pausedAll } = item;
  const changes: StateChange[] = [];
  // A pause of all that somebody set here stays.
  if (pausedAll === true && !areAllPaused()) {
    changes.push({ change: 'change', what: 'pause', detail: 'all targets' });
    if (order.apply) pauseAll(true);
  }
  if (open !== publicHttp()) {
    changes.push({ change: 'change', what: 'settings', detail: `public_http ${open}` });
    if (order.apply) setPublicHttp(open);
  }
  // Snapshots name their run by its number, so that no later run may have it.
  if (runs > runCount()) {
    changes.push({ change: 'change', what: 'settings', detail: `runs are counted from ${runs}` });
    if (order.apply) raiseRunCount(runs);
  }
  if (wanted !== undefined && wanted !== defaultTarget()) changes.push(importDefault(wanted, order));
  const details = changes.map(({ what, detail }): [string, string] => [what, detail]);
  if (order.apply && changes.length > 0) {
    record({ kind: 'imported', actor: order.actor, cause: 'import_state', details });
  }
  return changes;
}

/** Whether it is registered counts once targets were imported, not while it is only asked what would be. */
function importDefault(canister: string, { apply }: Order): StateChange {
  const about = { what: 'default_target', canister, detail: '' } as const;
  if (!apply) return { ...about, change: 'change' };
  if (getTarget(canister) === undefined) {
    return { ...about, change: 'refuse', reason: failure('unknown_target', { canister }) };
  }
  setDefaultTarget(canister);
  return { ...about, change: 'change' };
}

function importRoles({ who, grants }: RolesItem, { apply, actor }: Order): StateChange[] {
  const changes: StateChange[] = [];
  let has = grantsOf(who);
  for (const grant of grants) {
    const after = withGrant(has, grant);
    if (after === has) continue;
    const { role, canister } = grant;
    const reason = refuseGrantee(who);
    changes.push({
      change: reason === undefined ? 'add' : 'refuse',
      what: 'role',
      canister,
      detail: `${role} ${who}`,
      reason,
    });
    if (reason === undefined) has = after;
  }
  const added = changes.filter(({ change }) => change === 'add');
  if (apply && added.length > 0) {
    putGrants(who, has);
    const details = added.map(({ detail, canister }): [string, string] => [
      'role',
      `${detail} on ${canister ?? 'all targets'}`,
    ]);
    record({ kind: 'imported', actor, cause: 'import_state', details });
  }
  return changes;
}

function viewChange({ change, what, canister, snapshot, detail, reason }: StateChange): CandidStateChange<Principal> {
  return {
    change,
    what,
    canister: opt(canister === undefined ? undefined : Principal.fromText(canister)),
    snapshot_id: opt(snapshot === undefined ? undefined : bytesOf(snapshot)),
    detail,
    reason: opt(reason && candidError(reason)),
  };
}
