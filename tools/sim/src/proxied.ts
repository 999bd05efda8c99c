/**
 * Who is behind what the manager did.
 *
 * Whose a stop or start by `proxy` is: who asked for it did it, and the manager only passed it on. To the checkers it is
 * somebody else's, so that nothing is owed for it. And what a manager did whose memory went back, by a load or a
 * reinstallation, another one did.
 */
import type { Effect, History, ManagerCall, Names } from './history.ts';
import type { World } from './world.ts';

/** Refusals that come before anything is sent. */
const NOT_SENT = [
  'run_in_progress',
  'proxied_in_flight',
  'target_held',
  'caller_not_allowed',
  'unknown_target',
  'not_enough_cycles',
];

const FORMER_MANAGER = 'the manager before';

/** What the manager knows of, with who is behind each effect. */
export function remembered({ observer, calls: all, names }: World): Pick<History, 'effects' | 'executions' | 'calls'> {
  const isForgotten = (at: number) => observer.isForgotten(at);
  const calls = all.filter(({ sentAt }) => !isForgotten(sentAt));
  const effects = observer.effects.map((effect) =>
    effect.sender === names.manager && isForgotten(effect.at) ? { ...effect, sender: FORMER_MANAGER } : effect,
  );
  const executions = observer.executions.filter(({ at }) => !isForgotten(at));
  return { calls, executions, effects: attributed(effects, { calls, names }) };
}

/** The effects, with who is behind each. */
export function attributed(
  effects: readonly Effect[],
  { calls, names }: { readonly calls: readonly ManagerCall[]; readonly names: Names },
): readonly Effect[] {
  const passedOn = new Map(calls.filter(wasSent).flatMap((call) => carriedBy(call, effects, names)));
  return passedOn.size === 0 ? effects : effects.map((effect) => passedOn.get(effect) ?? effect);
}

function wasSent({ proxied, answer }: ManagerCall): boolean {
  return proxied !== undefined && !(answer?.kind === 'err' && NOT_SENT.includes(answer.code));
}

/** The first call of this kind that the manager made between the question and the answer. */
function carriedBy(call: ManagerCall, effects: readonly Effect[], { manager }: Names): [Effect, Effect][] {
  const found = effects.find(
    ({ at, sender, method, canister }) =>
      sender === manager &&
      method === call.proxied &&
      canister === call.canister &&
      at > call.sentAt &&
      at < (call.answeredAt ?? Number.POSITIVE_INFINITY),
  );
  return found === undefined ? [] : [[found, { ...found, sender: call.sender }]];
}
