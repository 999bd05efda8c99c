/** Before anything is changed: is the target ours, is there room, is there a snapshot to load, are there cycles. */
import { failure } from '../errors/registry.ts';
import { FREE_SLOTS, IMMEDIATE_STARTS, MAX_SNAPSHOTS_PER_CANISTER, SECONDS_PER_DAY } from '../limits.ts';
import { slotFree, slotsForHistory } from '../policy/slots.ts';
import { adopt, checkDeletion } from './catalogue.ts';
import { goDown } from './downtime.ts';
import type { Draft } from './draft.ts';
import { refuseOpenProbe } from './probe.ts';
import { failWith } from './problem.ts';
import { goingCount, letGoForRoom, sendDeletes } from './prune.ts';
import { claimOf, failUnsafe, failUnsettled, inTheWay, needsSafety, pick, refuseUnchanged } from './restore.ts';
import { secureOrLoad } from './secure.ts';
import { sendTake } from './take.ts';
import type { Call, CallResult, ListedSnapshot, StatusAnswer } from './types.ts';
import { refusePoor, skipUnchanged } from './worth.ts';

/** The probe and the status after it. */
const CALLS_OF_A_PROBE = 2;

/** With more snapshots than these, what nobody was promised goes before the next one is taken, not after. */
const ROOM_TO_TAKE = MAX_SNAPSHOTS_PER_CANISTER - FREE_SLOTS;

export function onPreflight(draft: Draft, call: Call, result: CallResult): void {
  failWith(draft, call, result);
  if (call.name === 'status' && 'ok' in result) readStatus(draft, result.ok as StatusAnswer);
  if (call.name === 'list' && 'ok' in result) readList(draft, result.ok as readonly ListedSnapshot[]);
  if (draft.run.pending.length > 0) return;
  if (draft.run.kind === 'adopt' || draft.run.kind === 'delete') {
    changeCatalogue(draft);
    return;
  }
  if (isStarved(draft)) draft.failInstead(failure('starved_target', { canister: draft.run.target }));
  if (draft.run.kind === 'restore') refuseUnchanged(draft);
  if (draft.run.outcome === undefined && claimOf(draft) === 'refuse') failUnsettled(draft);
  refuseOpenProbe(draft);
  if (draft.run.statusBefore === 'stopping' && draft.run.purpose !== 'forced') {
    draft.fail(failure('target_stopping', { canister: draft.run.target }));
  } else if (draft.run.kind === 'backup' && draft.run.outcome === undefined && draft.run.moduleHash === undefined) {
    draft.fail(failure('empty_target', { canister: draft.run.target }));
  }
  skipUnchanged(draft);
  if (draft.run.outcome !== undefined) draft.close();
  else makeRoom(draft);
}

/** No code and no snapshot, though there were some, or no cycles: what is left of a canister that ran out of them. */
function isStarved({ run: { statusBefore, moduleHash, present, vanished, cycles } }: Draft): boolean {
  if (statusBefore === undefined || moduleHash !== undefined || present?.length !== 0) return false;
  return vanished !== undefined || cycles === 0n;
}

/** What has to be checked is checked where the list is read; an answer that failed has failed the run. */
function changeCatalogue(draft: Draft): void {
  if (draft.run.outcome !== undefined) {
    draft.close();
    return;
  }
  if (draft.run.kind === 'delete') {
    sendDeletes(draft, 'pruning', [draft.run.wanted ?? '']);
    return;
  }
  draft.set({ outcome: 'succeeded' });
  draft.close();
}

function readStatus(draft: Draft, answer: StatusAnswer): void {
  const { status, moduleHash, version, cycles, burnPerDay } = answer;
  draft.set({ statusBefore: status, moduleHash, version, cycles, burnPerDay, liquid: liquidOf(answer) });
  // Without code there is nothing to back up, whatever it would cost.
  if (moduleHash !== undefined) refusePoor(draft, answer);
}

/** Cycles above the freezing limit, as far as the status tells. */
export function liquidOf({ cycles, burnPerDay, freezingSeconds }: StatusAnswer): bigint | undefined {
  if (cycles === undefined || burnPerDay === undefined || freezingSeconds === undefined) return cycles;
  const frozen = (burnPerDay * freezingSeconds) / SECONDS_PER_DAY;
  return cycles > frozen ? cycles - frozen : 0n;
}

/** Takes over what the IC lists, which knows better than the catalog, and checks what the run wants of it. */
function readList(draft: Draft, listed: readonly ListedSnapshot[]): void {
  const ids = new Set(listed.map((snapshot) => snapshot.id));
  const vanished = draft.catalog.filter((entry) => !ids.has(entry.id));
  for (const entry of vanished) draft.forget(entry.id);
  if (vanished.length > 0) draft.set({ vanished: vanished.length });
  const ours = new Set(draft.catalog.map((entry) => entry.id));
  const foreign = listed.filter((snapshot) => !ours.has(snapshot.id));
  draft.set({ foreign: foreign.length, listed: listed.length, present: listed.map(({ id }) => id) });
  if (draft.run.kind === 'restore') {
    pick(draft, listed);
  } else if (draft.run.kind === 'adopt') {
    adopt(draft, listed);
  } else if (draft.run.kind === 'delete') {
    checkDeletion(draft, listed);
  } else if (slotsForHistory({ foreign: foreign.length }) === 0) {
    const inTheWay = foreign.map(({ id, size }) => ({ id, bytes: size }));
    draft.fail(failure('slots_full', { canister: draft.run.target, foreign: inTheWay }));
  }
}

function makeRoom(draft: Draft): void {
  const ids = idsToRemove(draft);
  if (ids.length > 0) sendDeletes(draft, 'making_room', ids);
  else onRoomMade(draft);
}

function idsToRemove(draft: Draft): string[] {
  if (draft.run.kind === 'restore') return inTheWay(draft);
  return draft.run.listed > ROOM_TO_TAKE ? [...letGoForRoom(draft)] : [];
}

function measureFunds(draft: Draft): void {
  draft.send('funding', []);
  draft.commands.push({ do: 'measure_funds' });
}

/** After each deletion that makes room, or without any. */
export function onRoomMade(draft: Draft): void {
  const { pending, outcome, listed, deleted, kind } = draft.run;
  if (pending.length > 0) return;
  const takes = kind === 'backup' || needsSafety(draft);
  if (outcome === undefined && takes && !slotFree(listed - deleted.length)) failForRoom(draft);
  if (draft.run.outcome !== undefined) draft.close();
  else measureFunds(draft);
}

function failForRoom(draft: Draft): void {
  const { target: canister, kind, warnings } = draft.run;
  const problem = warnings[0] ?? failure('no_slot_yet', { canister, snapshots: draft.run.listed });
  if (kind === 'backup') draft.fail(problem);
  else {
    const reason = `All ${MAX_SNAPSHOTS_PER_CANISTER} slots are taken. Delete a snapshot that you no longer need with delete_snapshot.`;
    failUnsafe(draft, reason);
  }
}

export function onFunds(draft: Draft, funds: { readonly available: bigint; readonly perCall: bigint }): void {
  const required = funds.perCall * BigInt(callsAhead(draft));
  const { kind, mode, statusBefore, manager, purpose } = draft.run;
  if (funds.available < required) {
    draft.fail(failure('not_enough_cycles', { manager, available: funds.available, required }));
    draft.close();
  } else if (purpose === 'forced') {
    goDown(draft);
    secureOrLoad(draft);
  } else if (statusBefore === 'running' && (mode === 'stop' || kind === 'restore')) {
    draft.set({ stopSent: true });
    goDown(draft);
    draft.send('stopping', [{ name: 'status' }, { name: 'stop' }]);
  } else if (kind === 'backup') {
    sendTake(draft);
  } else {
    secureOrLoad(draft);
  }
}

/**
 * The most calls that the run still sends, as if none were answered before the last: status, stop, the work, start,
 * status and two more starts. A backup asks for one more status and deletes; a restore takes a snapshot first, asks for the
 * history, may have to ask again, and calls the target when it is over.
 */
export function callsAhead(draft: Draft): number {
  const more = draft.run.kind === 'backup' ? goingCount(draft) + 2 : 4;
  const probing = draft.run.probe === undefined ? 0 : CALLS_OF_A_PROBE;
  return 5 + more + probing + (IMMEDIATE_STARTS - 1);
}
