/** What the manager knows and the IC does not, page by page, for `import_state`. */
import {
  ascii,
  type CandidStatePage,
  failure,
  joinItems,
  nameOf,
  type RegisteredState,
  STATE_PAGE_BYTES,
  STATE_PAGE_ITEMS,
  type StateItem,
  type TargetItem,
  writeItem,
  writePolicy,
} from '@canister-backup/shared';
import { requireController } from '../access.ts';
import { now, self } from '../platform/ic.ts';
import { canisterNames, catalogOf, pacedFrom, restoredIn } from '../store/canisters.ts';
import { allGrants } from '../store/grants.ts';
import { defaultTarget, publicHttp, runCount } from '../store/meta.ts';
import { areAllPaused, getTarget, type TargetRecord, targetNames } from '../store/targets.ts';
import { type Answer, ok, opt, refuse } from './results.ts';

export function exportState(arg: { after: [] | [string]; roles: [] | [boolean] }): Answer<CandidStatePage> {
  const asking = requireController('export_state');
  if ('Err' in asking) return refuse(asking.Err);
  const [after] = arg.after;
  if (after !== undefined && !CURSOR.test(after)) {
    const expected = 'what next of the page before said';
    return refuse(failure('invalid_argument', { field: 'after', value: after.slice(0, MAX_CURSOR), expected }));
  }
  const items: string[] = [];
  let bytes = 0;
  let next: string | undefined;
  for (const item of itemsAfter(after, arg.roles[0] === true)) {
    const text = writeItem(item);
    items.push(text);
    bytes += text.length;
    next = nameOf(item);
    if (items.length >= STATE_PAGE_ITEMS || bytes >= STATE_PAGE_BYTES) break;
    next = undefined;
  }
  return ok({ state: ascii(joinItems(items)), next: opt(next) });
}

/** `nameOf` of an item. */
const CURSOR = /^(?:manager|(?:target|roles) [a-z0-9-]{5,63})$/;
const MAX_CURSOR = 80;

/** The manager, then canisters, then who has roles, each in the order of their text. */
function* itemsAfter(after: string | undefined, roles: boolean): Generator<StateItem> {
  const [kind, last = ''] = after?.split(' ') ?? [];
  if (kind === undefined) yield managerItem();
  if (kind !== 'roles') {
    for (const name of knownCanisters()) if (kind !== 'target' || name > last) yield targetItem(name);
  }
  if (!roles) return;
  for (const [who, grants] of allGrants()) {
    if (kind !== 'roles' || who > last) yield { kind: 'roles', who, grants };
  }
}

function managerItem(): StateItem {
  return {
    kind: 'manager',
    manager: self(),
    at: now(),
    runs: runCount(),
    defaultTarget: defaultTarget(),
    publicHttp: publicHttp(),
    pausedAll: areAllPaused(),
  };
}

/** Registered, or only remembered for its snapshots. */
function knownCanisters(): string[] {
  return [...new Set([...targetNames(), ...canisterNames()])].sort();
}

function targetItem(canister: string): TargetItem {
  const target = getTarget(canister);
  return {
    kind: 'target',
    canister,
    registered: target && registeredState(target),
    snapshots: catalogOf(canister),
    restored: restoredIn(canister),
    pacedFrom: pacedFrom(canister),
  };
}

function registeredState({
  policy,
  registeredAt,
  schedule,
  name,
  paused,
  held,
  shrunkUntil,
}: TargetRecord): RegisteredState {
  return { policy: writePolicy(policy), registeredAt, next: schedule.next, name, paused, held, shrunkUntil };
}
