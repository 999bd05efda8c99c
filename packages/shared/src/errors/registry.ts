/**
 * Every refusal and failure that a user can meet: a stable code, what is in its context, and a message that says what
 * to do. Codes are never renamed and never reused; programs match on them, people read the message.
 */
import { PROXIED_METHODS } from '../access/proxied.ts';
import { MAX_CONTEXT_TEXT } from '../limits.ts';
import { blobText, commandPair, snapshotArgument } from './commands.ts';
import { boundedText, utc } from './text.ts';

/** A failure as a value. It crosses every border as it is. */
export interface ErrorValue {
  readonly code: ErrorCode;
  readonly message: string;
  /** The values in the message, in the order of the registry; lists repeat their name. */
  readonly context: readonly (readonly [string, string])[];
}

/** A snapshot that stands in the way, for `slots_full`. */
interface SnapshotInTheWay {
  readonly id: string;
  readonly bytes: bigint;
}

/** The canister of the smallest grant that would do. */
function grantedOn(scope: string): string {
  if (scope === 'all targets') return 'null';
  return `opt principal "${scope === 'any target' ? 'CANISTER' : scope}"`;
}

const REGISTRY = {
  caller_not_allowed: (c: {
    caller: string;
    manager: string;
    right: string;
    scope: string;
    roles: readonly string[];
  }) =>
    `Permission denied: to ${c.right}, ${c.caller} needs the role ${c.roles.join(' or ')} on ${c.scope}. A controller of the ` +
    `backup manager ${c.manager}, or an admin there, grants it: ${commandPair(
      `canister call ${c.manager} grant '(record { who = principal "${c.caller}"; role = variant { ${c.roles[0]} }; ` +
        `canister = ${grantedOn(c.scope)} })'`,
    )}${c.scope === 'any target' ? ', with the id of the target for CANISTER' : ''}.`,
  controllers_only: (c: { caller: string; manager: string; method: string }) =>
    `Permission denied: \`${c.method}\` needs a controller of the backup manager ${c.manager}, and ${c.caller} is none. Roles ` +
    'do not give it.',
  too_many_grants: (c: { principal: string; limit: number }) =>
    `Admins have granted ${c.limit} roles there, which is the most, so ${c.principal} was granted nothing. ` +
    'Look at roles and revoke what is no longer needed; a controller of the manager may grant more.',
  caller_is_target: (c: { canister: string }) =>
    `${c.canister} cannot ask for its own backup or restore: it would wait for the answer while the manager waits for it to stop. ` +
    'Call from another controller.',
  caller_in_run: (c: { caller: string; run: bigint }) =>
    `Run ${c.run} is at ${c.caller}, which asks for something of another canister: it would wait for the answer while the ` +
    'manager waits for it to stop. Nothing was done; ask again when that run is over.',
  not_controller: (c: { canister: string; manager: string }) =>
    `The backup manager does not control ${c.canister}. Add it: ${commandPair(
      `canister update-settings ${c.canister} --add-controller ${c.manager}`,
      `canister settings update ${c.canister} --add-controller ${c.manager}`,
    )}.`,
  self_target: (c: { canister: string }) =>
    `${c.canister} is the backup manager itself. It cannot stop itself and wait for it; back it up from outside.`,
  management_canister: (c: { canister: string }) =>
    `${c.canister} is the management canister. It has no state of its own to back up.`,
  duplicate_target: (c: { canister: string }) =>
    `${c.canister} is registered already. Use set_policy to change its policy.`,
  name_taken: (c: { canister: string; name: string; by: string }) =>
    `${c.by} is called ${c.name} already, so ${c.canister} cannot be. Choose another name, or rename ${c.by} with set_name.`,
  unknown_target: (c: { canister: string }) =>
    `${c.canister} is not registered. Register it first, or look at targets for what is.`,
  target_not_found: (c: { canister: string }) =>
    `There is no canister ${c.canister} on this network. Check the id; if it was deleted, unregister it.`,
  no_target: (_: Record<never, never>) => 'No canister is registered. Register one first.',
  ambiguous_target: (c: { candidates: readonly string[] }) =>
    `Several canisters are registered and none is marked as the default: ${c.candidates.join(', ')}. ` +
    'Mark one with set_default, or name one with restore_snapshot.',
  no_good_snapshot: (c: {
    canister: string;
    snapshots: number;
    manager?: string | undefined;
    unproven?: string | undefined;
  }) =>
    `${c.canister} has no good snapshot: none that we took, in a complete run, with a proven stop. ` +
    (c.unproven !== undefined
      ? `It has ${c.snapshots} of another kind. The newest that was adopted and is not proven is ${c.unproven}; a successful ` +
        `load makes it good: ${commandPair(
          `canister call ${c.manager} restore_snapshot '${snapshotArgument({ ...c, snapshot: c.unproven })}'`,
        )}. accept, with the same argument, makes it good without a load.`
      : c.snapshots > 0
        ? `It has ${c.snapshots} of another kind; look at snapshots and choose one with restore_snapshot.`
        : 'Take one with backup, while the canister is well.'),
  snapshot_not_found: (c: { canister: string; snapshot: string }) =>
    `${c.canister} has no snapshot ${c.snapshot}. Look at what there is: ${commandPair(
      `canister snapshot list ${c.canister}`,
    )}.`,
  run_in_progress: (c: {
    canister: string;
    run: bigint;
    kind: string;
    phase: string;
    asked_by: string;
    since: bigint;
    /** Nanoseconds; undefined while it is tried until it succeeds. */
    until: bigint | undefined;
    manager: string;
    cancellable: boolean;
  }) =>
    `Run ${c.run} (${c.kind}, ${c.phase}, asked for by ${c.asked_by}) of ${c.canister} is in progress. ` +
    `${
      c.until === undefined
        ? 'It tries again every minute until it succeeds'
        : `It gives up what it does now at ${utc(c.until)} at the latest`
    }; runs shows how far it is. ` +
    (c.cancellable
      ? `To end it now and have the target started: ${commandPair(
          `canister call ${c.manager} cancel_run '(principal "${c.canister}")'`,
        )}.`
      : 'Wait until it is over.'),
  run_cancelled: (c: { canister: string; run: bigint; by: string }) =>
    `${c.by} cancelled run ${c.run} of ${c.canister} before it had changed anything. The target was started if it had to be.`,
  no_open_run: (c: { canister: string }) => `No run of ${c.canister} is open. There is nothing to cancel.`,
  too_late_to_cancel: (c: { canister: string; run: bigint; phase: string; until: bigint | undefined }) =>
    `Run ${c.run} of ${c.canister} is past its stop (${c.phase}) and cannot be cancelled: it starts the target itself. ` +
    (c.until === undefined
      ? 'It tries again every minute until it succeeds; runs shows why it has not.'
      : `It gives up what it does now at ${utc(c.until)} at the latest.`),
  proxied_in_flight: (c: { canister: string; method: string; by: string; since: bigint; until: bigint }) =>
    `A ${c.method} of ${c.canister} that ${c.by} sent through proxy is not answered since ${utc(c.since)}. The IC gives a ` +
    `stop up after five minutes, so it is over at ${utc(c.until)} at the latest. Wait until then; a stop that does not come ` +
    'to its end is ended by a start through proxy.',
  upgrade_refused: (c: { runs: readonly bigint[]; probes: readonly string[] }) =>
    `run_in_progress: the backup manager has open calls, of run ${c.runs.join(', ') || '(none)'}` +
    `${c.probes.length > 0 ? ` and of probes that ${c.probes.join(', ')} did not answer` : ''}. ` +
    'Stop it first: it stops when its runs are over, and no target is left behind. ' +
    'If it is stopped and this stays, upgrade with skip_pre_upgrade: the new code recovers what is open.',
  target_stopping: (c: { canister: string }) =>
    `${c.canister} is being stopped by somebody else and waits for its open calls. ` +
    'Wait until it is stopped, or start it, and try again.',
  empty_target: (c: { canister: string }) =>
    `${c.canister} has no code installed, so there is nothing to back up. Install it, or bring it back with restore.`,
  starved_target: (c: { canister: string }) =>
    `${c.canister} has no code and no snapshots: it ran out of cycles, and the IC removed both. Nothing on the IC can bring ` +
    'its state back. Top it up, install its code again and load a copy that was made off the IC, if there is one.',
  slots_full: (c: { canister: string; foreign: readonly SnapshotInTheWay[] }) =>
    `${c.canister} has no slot left for a backup: ${c.foreign.length} snapshots are not ours ` +
    `(${c.foreign.map((s) => `${s.id}, ${s.bytes} bytes`).join('; ')}) and two slots stay free. ` +
    `Delete one that you no longer need: ${commandPair(`canister snapshot delete ${c.canister} ${c.foreign[0]?.id ?? 'SNAPSHOT'}`)}.`,
  not_enough_cycles: (c: { manager: string; available: bigint; required: bigint }) =>
    `The backup manager needs ${c.required} cycles above its freezing limit for the calls of this run ` +
    `(nearly all come back) and has ${c.available}. Add at least ${c.required - c.available}: ${commandPair(
      `cycles top-up ${c.manager} ${c.required - c.available}`,
      `canister top-up ${c.manager} --amount ${c.required - c.available}`,
    )}.`,
  busy: (c: { manager: string; scope: string; in_flight: number; limit: number; seconds: bigint }) =>
    `The backup manager ${c.manager} has ${c.in_flight} calls in flight for ${c.scope}, and allows ${c.limit} at a time, so ` +
    `that its runs keep the cycles for theirs. Nothing was done. Try again in ${c.seconds} seconds.`,
  busy_cycles: (c: { manager: string; available: bigint; required: bigint; seconds: bigint }) =>
    `The backup manager ${c.manager} has ${c.available} cycles above its freezing limit and keeps them for its runs: this ` +
    `call takes ${c.required}. Nothing was done. Try again in ${c.seconds} seconds, when calls in flight have given theirs ` +
    `back, or add ${c.required - c.available}: ${commandPair(
      `cycles top-up ${c.manager} ${c.required - c.available}`,
      `canister top-up ${c.manager} --amount ${c.required - c.available}`,
    )}.`,
  not_proxied: (c: { canister: string; method: string }) =>
    `The backup manager does not pass ${c.method} of ${c.canister} on. proxy answers, without cycles, to these methods of ` +
    `aaaaa-aa, about registered targets: ${PROXIED_METHODS.join(', ')}. Call the canister itself, as one of its controllers.`,
  invalid_policy: (c: { field: string; value: string; expected: string }) =>
    `The policy's ${c.field} is ${c.value}; it has to be ${c.expected}.`,
  invalid_argument: (c: { field: string; value: string; expected: string }) =>
    `The argument ${c.field} is ${c.value}; it has to be ${c.expected}.`,
  stop_timeout: (c: { canister: string; seconds: bigint }) =>
    `${c.canister} did not stop within ${c.seconds} seconds, because calls of it are still open. It was started again. ` +
    'Find out what it waits for, or use the policy mode running.',
  stop_cancelled: (c: { canister: string }) =>
    `Somebody started ${c.canister} while it was being stopped. Nothing was changed; try again.`,
  stop_failed: (c: { canister: string; reject: string }) => `${c.canister} could not be stopped: ${c.reject}`,
  status_failed: (c: { canister: string; reject: string }) =>
    `The status of ${c.canister} could not be read: ${c.reject}`,
  list_failed: (c: { canister: string; reject: string }) =>
    `The snapshots of ${c.canister} could not be listed: ${c.reject}`,
  take_failed: (c: { canister: string; reject: string }) => `No snapshot of ${c.canister} could be taken: ${c.reject}`,
  take_unknown: (c: { canister: string; cause: string; appeared: readonly string[] }) =>
    `Whether a snapshot of ${c.canister} was taken is not known: ${c.cause}. The target was started if it had to be. ` +
    (c.appeared.length === 0
      ? 'One that snapshots does not show is not counted as ours'
      : `${c.appeared.join(', ')} appeared meanwhile, and the IC does not say who took it; it is not counted as ours`) +
    `. To make it ours call adopt; to see it: ${commandPair(`canister snapshot list ${c.canister}`)}.`,
  take_not_carried_out: (c: { canister: string; cause: string }) =>
    `No snapshot of ${c.canister} was taken: ${c.cause}, and its list shows no new one. The target was started if it had ` +
    'to be, and nothing else was changed; try again.',
  snapshot_unproven: (c: { canister: string; snapshot: string }) =>
    `Whether ${c.canister} was stopped all the while snapshot ${c.snapshot} was taken is not known: somebody started or ` +
    'changed it meanwhile, or an answer about it was lost. The snapshot does not count, and the next backup deletes it.',
  stopped_by_others: (c: { canister: string }) =>
    `Somebody stopped ${c.canister} after this run had stopped it and before it was seen running again, so it was left ` +
    `stopped. To start it: ${commandPair(`canister start ${c.canister}`)}.`,
  probe_failed: (c: { canister: string; method: string; reject: string }) =>
    `The probe ${c.method} of ${c.canister} was refused, so nobody knows whether this snapshot is good: ${c.reject} ` +
    'Repair the method, or change the probe in the policy; accept takes the snapshot as good.',
  probe_unanswered: (c: { canister: string; method: string; cause: string }) =>
    `The probe ${c.method} of ${c.canister} was given up, so nobody knows whether this snapshot is good: ${c.cause}. ` +
    'Its call may stay open, and then neither the canister nor the backup manager can stop; status lists it under ' +
    'open_probes, and docs/runbook.md says how to go on.',
  probe_open: (c: { canister: string; method: string; since: bigint }) =>
    `${c.canister} has not answered our call of ${c.method} since ${c.since} (nanoseconds since 1970), so it cannot stop. ` +
    'Nothing was changed. Have the method answer, or remove the open call as docs/runbook.md says.',
  probe_not_sent: (c: { canister: string; method: string; status: string }) =>
    `${c.canister} is ${c.status} and cannot answer the probe ${c.method}, so nobody knows whether this snapshot is good. ` +
    'accept takes it as good.',
  probe_unreadable: (c: { canister: string; method: string; measure: string; naturals: number }) =>
    `The answer to the probe ${c.method} of ${c.canister} has no ${c.measure}, which a tripwire is about: it has ` +
    `${c.naturals} naturals, counted from 0. Change the probe in the policy; accept takes the snapshot as good.`,
  tripwire_at_least: (c: { canister: string; measure: string; value: bigint; at_least: bigint }) =>
    `In ${c.canister}, ${c.measure} is ${c.value} and has to be at least ${c.at_least}, so this snapshot is suspect. ` +
    'Look at the canister; restore goes back to the last good snapshot, accept makes this one the new normal.',
  tripwire_shrunk: (c: { canister: string; measure: string; value: bigint; before: bigint; at_most_percent: number }) =>
    `In ${c.canister}, ${c.measure} fell from ${c.before} in the last good snapshot to ${c.value}, by more than ` +
    `${c.at_most_percent} percent, so this snapshot is suspect. ` +
    'Look at the canister; restore goes back to the last good snapshot, accept makes this one the new normal.',
  marked_suspect: (c: { canister: string; by: string; since: bigint }) =>
    `${c.by} marked the snapshots of ${c.canister} since ${c.since} (nanoseconds since 1970) as suspect. ` +
    'accept takes one of them as good again.',
  nothing_to_accept: (c: { canister: string; snapshot: string }) =>
    `Snapshot ${c.snapshot} of ${c.canister} is not a complete one of ours that is in doubt, so there is nothing to accept. ` +
    'Look at snapshots.',
  adopted_unproven: (c: { canister: string; snapshot: string; by: string; stopped: boolean }) =>
    `Snapshot ${c.snapshot} of ${c.canister} was adopted by ${c.by}, and nothing has shown yet that it is good. ` +
    (c.stopped
      ? 'A successful load of it (restore_snapshot) or accept makes it good.'
      : 'Nobody has said that the canister was stopped when it was taken. If it was, adopt it again with good = opt true; ' +
        'then a successful load of it (restore_snapshot) or accept makes it good.'),
  stop_unproven: (c: { canister: string; snapshot: string; manager: string }) =>
    `Snapshot ${c.snapshot} of ${c.canister} was adopted, and nobody has said that the canister was stopped when it was ` +
    `taken, so accept cannot make it good. If it was stopped, say so first: ${commandPair(
      `canister call ${c.manager} adopt '(record { canister = principal "${c.canister}"; snapshot_ids = vec { blob ` +
        `"${blobText(c.snapshot)}" }; good = opt true })'`,
    )}.`,
  snapshot_differs: (c: { canister: string; snapshot: string; bytes: bigint; taken_at: bigint }) =>
    `Snapshot ${c.snapshot} of ${c.canister} is listed with ${c.bytes} bytes, taken at ${c.taken_at} (nanoseconds since 1970), ` +
    'and the state that is imported says something else. It was left out. To make it ours as it is, call adopt.',
  too_many_targets: (c: { manager: string; limit: number }) =>
    `The backup manager ${c.manager} has ${c.limit} targets, which is the most. Unregister one that is no longer needed, or ` +
    'deploy a second manager for more: docs/mainnet.md says how.',
  load_failed: (c: { canister: string; snapshot: string; reject: string }) =>
    `Snapshot ${c.snapshot} could not be loaded; ${c.canister} is as it was before: ${c.reject}`,
  load_invalid: (c: { canister: string; snapshot: string; reject: string; next?: string | undefined }) =>
    `Snapshot ${c.snapshot} cannot be loaded, because the IC refuses what is in it; ${c.canister} is as it was before. ` +
    `restore passes over it from now on, until accept, and ${
      c.next === undefined ? 'there is no other good one: look at snapshots' : `takes ${c.next} next: call it again`
    }. ${c.reject}`,
  start_failed: (c: { canister: string; reject: string }) =>
    `${c.canister} could not be started again: ${c.reject}. Start it: ${commandPair(`canister start ${c.canister}`)}.`,
  delete_failed: (c: { canister: string; snapshot: string; reject: string }) =>
    `Snapshot ${c.snapshot} of ${c.canister} could not be deleted; the next run tries again: ${c.reject}`,
  rate_limited: (c: { canister: string; reject: string }) =>
    `The IC limits how fast snapshots of ${c.canister} may be taken and loaded. Try again in a minute: ${c.reject}`,
  target_out_of_cycles: (c: { canister: string; reject: string }) =>
    `${c.canister} pays for its snapshots and has too few cycles. Top it up: ${commandPair(
      `cycles top-up ${c.canister} CYCLES`,
      `canister top-up ${c.canister} --amount CYCLES`,
    )}. ${c.reject}`,
  safety_failed: (c: { canister: string; snapshot: string; call: string; reason: string }) =>
    `No safety snapshot of ${c.canister} could be taken, so snapshot ${c.snapshot} was not loaded and the state is as it ` +
    `was: ${c.reason} To restore without a way back: ${c.call}.`,
  no_snapshot_before: (c: { canister: string; time: bigint; snapshots: number }) =>
    `${c.canister} has no good snapshot from before ${c.time} (nanoseconds since 1970). ` +
    `It has ${c.snapshots} in all; look at snapshots and choose one with restore_snapshot.`,
  nothing_changed: (c: { canister: string; snapshot: string; older: readonly string[] }) =>
    `Nothing changed in ${c.canister} since snapshot ${c.snapshot}, so it was not loaded. ` +
    (c.older.length > 0
      ? `If its state is the bad one, load an older one with restore_snapshot: ${c.older.join(', ')}.`
      : 'There is no older good one.'),
  nothing_to_undo: (c: { canister: string }) =>
    `${c.canister} has no safety snapshot that is not settled, so no restore of it can be undone. ` +
    'Look at snapshots and choose one with restore_snapshot.',
  no_way_back: (c: { canister: string; snapshot: string; ways: readonly string[] }) =>
    `Snapshot ${c.snapshot} of ${c.canister} is not a safety snapshot that is not settled. ` +
    (c.ways.length > 0 ? `There ${c.ways.length === 1 ? 'is' : 'are'} ${c.ways.join(' and ')}.` : 'There is none.'),
  nothing_to_settle: (c: { canister: string }) =>
    `${c.canister} has no safety snapshot that is not settled. There is nothing to do.`,
  load_not_carried_out: (c: { canister: string; snapshot: string; cause: string }) =>
    `Snapshot ${c.snapshot} was not loaded; ${c.canister} is as it was before: ${c.cause}. Try again.`,
  changed_by_others: (c: { canister: string; by: string; what: string }) =>
    `While this run went on, ${c.by} changed ${c.canister} as well (${c.what || 'in a way that is not known here'}). Look ` +
    `whether it is what you want: ${commandPair(`canister status ${c.canister}`)}.`,
  load_not_recorded: (c: { canister: string; snapshot: string }) =>
    `The IC answered that snapshot ${c.snapshot} was loaded into ${c.canister}, and the canister's history does not show ` +
    'it. Look at what is in the canister before you go on.',
  load_unknown: (c: { canister: string; snapshot: string; cause: string }) =>
    `Whether snapshot ${c.snapshot} was loaded is not known: ${c.cause}. The target was started if it had to be. ` +
    `Its history says it: ${commandPair(`canister info ${c.canister}`, `canister status ${c.canister}`)}.`,
  left_empty: (c: { canister: string; snapshot: string; reject: string }) =>
    `${c.canister} has no code, and snapshot ${c.snapshot} could not be loaded: ${c.reject} ` +
    `Load it: ${commandPair(
      `canister snapshot load ${c.canister} ${c.snapshot}`,
      `canister snapshot restore ${c.canister} ${c.snapshot}`,
    )}.`,
  nothing_to_load: (c: { canister: string; snapshot: string }) =>
    `${c.canister} has no code, and its state before, snapshot ${c.snapshot}, is not there any more: somebody deleted it, or ` +
    `the canister ran out of cycles. Load another with restore_snapshot: ${commandPair(
      `canister snapshot list ${c.canister}`,
    )}.`,
  given_up_stopped: (c: { canister: string; manager: string; run: bigint }) =>
    `Run ${c.run} had stopped ${c.canister} and was given up, because ${c.manager} is not a controller of it any more. If ` +
    `it is still stopped, start it: ${commandPair(`canister start ${c.canister}`)}.`,
  given_up_empty: (c: { canister: string; manager: string; run: bigint; snapshot: string }) =>
    `Run ${c.run} had taken the code of ${c.canister} away and was given up, because ${c.manager} is not a controller of ` +
    `it any more. If it is still empty, load what it was: ${commandPair(
      `canister snapshot load ${c.canister} ${c.snapshot}`,
      `canister snapshot restore ${c.canister} ${c.snapshot}`,
    )}.`,
  restore_downtime: (c: { canister: string; seconds: bigint; last: string }) =>
    `${c.canister} was down for ${c.seconds} seconds, more than a restore may take. It was started as it was before. ` +
    `The last refusal: ${c.last}`,
  timers_may_sleep: (c: { canister: string }) =>
    `A load leaves the global timer of ${c.canister} as it is, so timers of its code may sleep for ever. Have it set them ` +
    'again, or name a method that does in the field after_restore of the policy.',
  after_restore_failed: (c: { canister: string; reject: string }) =>
    `${c.canister} was restored, but the method that its policy names for after a restore failed, so its timers may ` +
    `sleep: ${c.reject}`,
  downtime_exceeded: (c: { canister: string; seconds: bigint }) =>
    `${c.canister} had not stopped after ${c.seconds} seconds, which is all that a backup is allowed. It was started again, ` +
    'and the next attempt by the timer waits longer. Find out what it waits for, allow more with max_downtime_seconds, or use the policy mode running.',
  no_slot_yet: (c: { canister: string; snapshots: number }) =>
    `${c.canister} has ${c.snapshots} snapshots and no slot for one more, and what its policy drops may only go one by one, ` +
    'one in each interval. Wait for the next run by the timer, or delete one with delete_snapshot.',
  backup_too_soon: (c: { canister: string; seconds: bigint }) =>
    `${c.canister} was backed up by hand less than a minute ago. Try again in ${c.seconds} seconds.`,
  target_held: (c: { canister: string; until: bigint; by: string }) =>
    `${c.canister} is held until ${c.until} (nanoseconds since 1970) by ${c.by}, so the backup manager leaves it alone. ` +
    'Wait, or end that: hold with 0 minutes.',
  short_runway: (c: { canister: string; cycles: bigint; required: bigint; burn_per_day: bigint; top_up: bigint }) =>
    `${c.canister} has ${c.cycles} cycles and would burn ${c.burn_per_day} a day with one more snapshot; its policy wants ` +
    `${c.required} to be left once the snapshot is paid. No backup was taken. Top it up by at least ${c.top_up}: ${commandPair(
      `cycles top-up ${c.canister} ${c.top_up}`,
      `canister top-up ${c.canister} --amount ${c.top_up}`,
    )}.`,
  newest_good_snapshot: (c: { canister: string; snapshot: string }) =>
    `Snapshot ${c.snapshot} is the newest good one of ${c.canister}, or would be once accepted, and the manager never deletes ` +
    'that. Take another one first.',
  snapshot_pinned: (c: { canister: string; snapshot: string; label: string }) =>
    `Snapshot ${c.snapshot} of ${c.canister} is pinned (${c.label}). Unpin it first.`,
  snapshot_unsettled: (c: { canister: string; snapshot: string }) =>
    `Snapshot ${c.snapshot} of ${c.canister} is the way back from a restore that is not settled. Settle it first.`,
  snapshot_not_ours: (c: { canister: string; snapshot: string }) =>
    `Snapshot ${c.snapshot} of ${c.canister} is not one of ours. Adopt it first; snapshots lists what is ours.`,
  too_many_pins: (c: { canister: string; limit: number }) =>
    `${c.canister} has ${c.limit} pinned snapshots already, which is the most. Unpin one first.`,
  interrupted: (c: { canister: string; phase: string; cause: string }) =>
    `The run of ${c.canister} was interrupted while ${c.phase}: ${c.cause}. The target was started if it had to be; the next run tries again.`,
} satisfies Record<string, (context: never) => string>;

/** A code of the registry. */
export type ErrorCode = keyof typeof REGISTRY;

/** What the message of a code is made of. */
export type ErrorContext<Code extends ErrorCode> = Parameters<(typeof REGISTRY)[Code]>[0];

/** Every code, for documentation and tests. */
export const ERROR_CODES = Object.keys(REGISTRY) as ErrorCode[];

/**
 * The failure with this code. The context's type follows from the code. No text in it is longer than the limit, whoever
 * wrote it.
 */
export function failure<Code extends ErrorCode>(code: Code, context: ErrorContext<Code>): ErrorValue {
  const cut = bounded(context);
  const message = (REGISTRY[code] as (context: ErrorContext<Code>) => string)(cut);
  return { code, message, context: Object.entries(cut).flatMap(([name, value]) => pairs(name, value)) };
}

function bounded<Context extends object>(context: Context): Context {
  const cut = (value: unknown) => (typeof value === 'string' ? boundedText(value, MAX_CONTEXT_TEXT) : value);
  return Object.fromEntries(Object.entries(context).map(([name, value]) => [name, cut(value)])) as Context;
}

function pairs(name: string, value: unknown): [string, string][] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((item) => pairs(name, item));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([field, inner]) => pairs(`${name}_${field}`, inner));
  }
  return [[name, String(value)]];
}
