/** Invariant 6: nobody without the right does anything, and a refused call changes nothing. */
import { type Answered, type History, targetsOf, type Violation } from '../history.ts';

const INVARIANT = '6 rights';
const violation = (message: string): Violation[] => [{ invariant: INVARIANT, message }];

/** All that the manager may call on the management canister. */
const CLOSED_LIST = [
  'canister_status',
  'canister_info',
  'stop_canister',
  'start_canister',
  'take_canister_snapshot',
  'load_canister_snapshot',
  'list_canister_snapshots',
  'delete_canister_snapshot',
];

export function rights(history: History): Violation[] {
  return [...checkStrangers(history), ...checkRefusals(history), ...checkEffects(history)];
}

function isRefusal(answer: Answered): boolean {
  return answer.kind === 'reject' || (answer.kind === 'err' && answer.code === 'caller_not_allowed');
}

function checkStrangers({ calls, names }: History): Violation[] {
  return calls
    .filter(({ sender, answer }) => sender === names.stranger && answer !== undefined && !isRefusal(answer))
    .flatMap(({ method, answer }) => violation(`a stranger called ${method} and got ${answer?.kind}`));
}

function checkRefusals({ refusals }: History): Violation[] {
  return refusals.flatMap(({ method, answer, changed }) => [
    ...(isRefusal(answer) ? [] : violation(`a stranger called ${method} and got ${answer.kind}`)),
    ...(changed ? violation(`a refused ${method} changed the state of the manager`) : []),
  ]);
}

function checkEffects(history: History): Violation[] {
  const targets = [...targetsOf(history), history.names.manager as string];
  return history.effects
    .filter(({ sender }) => sender === history.names.manager)
    .filter(({ method, canister }) => !CLOSED_LIST.includes(method) || !targets.includes(canister))
    .flatMap(({ method, canister }) => violation(`the manager called ${method} of ${canister}`));
}
