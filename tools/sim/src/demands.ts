/** The third phase: the chat is backed up again when it is due, restored when somebody asks, and takes messages. */
import { IDL } from '@dfinity/candid';
import { aboutCanister, act } from './acts.ts';
import { type Answered, type Content, carriedOut, targetsIn, type Violation } from './history.ts';
import { INTERVAL_SECONDS, MINUTE, principal, SECOND, snapshotArg, toChat } from './network.ts';
import type { World } from './world.ts';

/** How much later than due the next backup may be, once faults have stopped. */
const LATENESS = MINUTE;

export interface Progress {
  readonly violations: Violation[];
  readonly contents: { expected: Content; told: Content; when: string }[];
}

/** Done once the time to recover is over. */
export function demandProgress(world: World): Progress {
  const { chat, manager } = world.names;
  const violations: Violation[] = [];
  const contents: Progress['contents'] = [];
  const lost = (message: string) => violations.push({ invariant: 'progress', message });
  const look = (when: string) => contents.push({ expected: world.observer.content, told: dump(world), when });

  setRight(world);
  if (world.see(chat) === null) return demandPeace(world);
  if (world.see(chat)?.status !== 'running') world.call(aboutCanister(world, 'start_canister', chat));
  if (world.see(chat)?.hasCode === true) look('after the recovery');
  else if (!restoredAgain(world)) lost('a chat without code is not restored');
  if (world.see(chat)?.hasCode === false && world.see(chat)?.snapshots.length === 0) return demandPeace(world);

  // So that there is something to back up, and then something to bring back.
  say(world, 'after the faults');
  const since = world.observer.here();
  world.pass(INTERVAL_SECONDS * SECOND + LATENESS);
  const takes = world.observer.effects.filter(
    (effect) =>
      effect.at > since &&
      effect.sender === manager &&
      effect.canister === chat &&
      effect.method === 'take_canister_snapshot' &&
      effect.before?.status === 'stopped' &&
      carriedOut(effect),
  );
  if (takes.length === 0) lost('no backup of the chat was taken within its interval after faults had stopped');

  const last = 'after the backup';
  say(world, last);
  // A chat that lost its messages takes no more.
  const unchanged = world.observer.content?.at(-1) !== last;
  // A canister that is without cycles for days is deleted by the IC, with its snapshots.
  const gone = (world.see(chat)?.snapshots.length ?? 0) === 0;
  const restored = askRestore(world);
  if (restored.kind !== 'ok' && gone) return { violations: [], contents };
  const asItWas = unchanged && restored.kind === 'err' && restored.code === 'nothing_changed';
  if (restored.kind !== 'ok' && !asItWas) lost(`restore after the faults was refused: ${tell(restored)}`);
  else look('after the last restore');
  world.settle();
  if (world.see(manager)?.status !== 'running') lost('the manager does not run');
  return { violations, contents };
}

/** What somebody keeps from its schedule, or took the name of `restore` from, gets both back. */
function setRight(world: World): void {
  const { chat } = world.names;
  if (world.calls.some(({ method }) => method === 'pause')) world.askNow('resume', [{ canister: [] }]);
  for (const target of targetsIn(world.names)) {
    if (wasAsked(world, 'pause', target)) world.askNow('resume', [{ canister: [principal(target)] }]);
  }
  registerAgain(world);
  if (targetsIn(world.names).some((target) => wasAsked(world, 'set_default', target))) {
    world.askNow('set_default', [{ canister: [principal(chat)] }]);
  }
}

/** What somebody took from the schedule: to be backed up, it has to be registered. */
function registerAgain(world: World): void {
  const { chat, worker } = world.names;
  for (const target of [chat, worker].filter((name) => wasAsked(world, 'unregister', name))) {
    if (world.see(target) === null) continue;
    act(world, 'register', target);
    world.settle();
  }
  if (wasAsked(world, 'unregister', chat)) world.askNow('set_default', [{ canister: [principal(chat)] }]);
}

function wasAsked(world: World, method: string, canister: string): boolean {
  return world.calls.some((call) => call.method === method && call.canister === canister);
}

/** Where somebody marked or deleted the only good ones, the next best is one that is named. */
function restoredAgain(world: World): boolean {
  const { chat } = world.names;
  const answer = askRestore(world);
  const newest = world.see(chat)?.snapshots.at(-1);
  const noneGood = answer.kind === 'err' && answer.code === 'no_good_snapshot' && othersTookGood(world);
  if (!noneGood || newest === undefined) return answer.kind === 'ok' || noneGood;
  return world.askNow('restore_snapshot', [snapshotArg(chat, newest)], { canister: chat }).kind === 'ok';
}

/** There is no third way back: then an admin gives the oldest one up, as the refusal says. */
function askRestore(world: World): Answered {
  const { chat } = world.names;
  const answer = world.askNow('restore', [], { canister: chat });
  if (answer.kind !== 'err' || answer.code !== 'safety_failed') return answer;
  world.askNow('settle', [principal(chat)], { canister: chat });
  return world.askNow('restore', [], { canister: chat });
}

function othersTookGood(world: World): boolean {
  const { chat, developer } = world.names;
  const deleted = world.observer.effects.some(
    ({ canister, method, sender }) =>
      canister === chat && method === 'delete_canister_snapshot' && sender === developer,
  );
  return deleted || wasAsked(world, 'mark_suspect', chat);
}

/** Of a chat that is gone, or has neither code nor snapshots any more, nothing is demanded, and the manager goes on without it. */
function demandPeace(world: World): Progress {
  world.pass(INTERVAL_SECONDS * SECOND + LATENESS);
  const runs = world.see(world.names.manager)?.status === 'running';
  return { violations: runs ? [] : [{ invariant: 'progress', message: 'the manager does not run' }], contents: [] };
}

function say(world: World, message: string): void {
  world.append(message);
  world.settle();
}

function tell(answer: Answered): string {
  return answer.kind === 'err' ? answer.code : answer.kind === 'reject' ? answer.text : answer.kind;
}

function dump(world: World): Content {
  const result = world.ic.query(toChat(world.names, 'dump', []));
  if (result.kind === 'reject') return null;
  return IDL.decode([IDL.Vec(IDL.Text)], new Uint8Array(result.data))[0] as unknown as string[];
}
