/** How a world comes to where a scenario begins, without faults. */
import { type CandidPolicy, MANUAL_SPACING_NANOS } from '@canister-backup/shared';
import type { PrincipalText } from 'local-ic';
import { aboutCanister } from './acts.ts';
import type { Modules } from './canisters.ts';
import {
  deploy,
  deployNetwork,
  INTERVAL_SECONDS,
  intervalOf,
  policyOf,
  principal,
  replyOf,
  SECOND,
  snapshotArg,
  toWorker,
} from './network.ts';
import { World } from './world.ts';

export interface Scenario {
  readonly about: 'chat' | 'worker';
  /** What has to be done before, without faults. */
  readonly prepare?: (world: World) => void;
  /** The world of which scenario it begins on, before `prepare`. */
  readonly after?: string;
  /** Sends what sets the operation going. */
  readonly begin: (world: World) => void;
  /** Rounds in which faults may strike; without it as many as for all. */
  readonly rounds?: number;
  /** Nanoseconds that a round takes in which nothing is done; without it the faults end when all is quiet. */
  readonly pace?: bigint;
  /** Nanoseconds for which nobody sets right what the faults left, so that health has to say it. */
  readonly leftAlone?: bigint;
  /** What an operator does again once faults have stopped, because they may have come in between. */
  readonly again?: (world: World) => void;
  /** Of long scenarios: only each n-th boundary is struck by single faults and pairs. */
  readonly sparse?: number;
}

export const hourLater = (world: World) => world.advance(INTERVAL_SECONDS * SECOND + SECOND);

/** So that the worker does not come to a stop. */
export function keepBusy(world: World): void {
  world.boundaries.workerBusy = true;
  world.send(toWorker(world.names));
  for (let round = 0; round < 3; round += 1) world.tick();
}

export function askBackup(world: World, canister: PrincipalText): void {
  world.ask('backup', [principal(canister)], { canister });
}

export function setPolicy(world: World, more: Partial<CandidPolicy>, canister = world.names.chat): void {
  const { schedule = { every_seconds: intervalOf(world.names, canister) / SECOND } } = more;
  const interval = 'every_seconds' in schedule ? schedule.every_seconds * SECOND : 0n;
  const argument = { canister: principal(canister), policy: policyOf(world.names, canister, more) };
  const answer = world.askNow('set_policy', [argument], { canister, interval });
  if (answer.kind !== 'ok') throw new Error(`set_policy: ${JSON.stringify(answer)}`);
}

export function idsOf(world: World, which: number): string[] {
  return [world.see(world.names.chat)?.snapshots.at(which) ?? ''];
}

export function named(world: World, which: number): Record<string, unknown> {
  const [id = ''] = idsOf(world, which);
  return snapshotArg(world.names.chat, id);
}

/** Two backups of the chat, one of somebody else, a message after them, and one backup of the worker. */
export function prepareWorld(modules: Modules): World {
  const world = new World({ ...deployNetwork(modules), modules }, []);
  world.settle();
  const { chat, worker, friend, developer } = world.names;
  world.enlarge({ envoy: deploy(world.ic, developer, modules.worker) });
  for (const canister of [chat, worker]) {
    const policy = policyOf(world.names, canister);
    const interval = intervalOf(world.names, canister);
    const answer = world.askNow('register', [{ canister: principal(canister), policy: [policy] }], {
      canister,
      interval,
    });
    if (answer.kind !== 'ok') throw new Error(`register: ${JSON.stringify(answer)}`);
  }
  demand(world, 'set_default', [{ canister: [principal(chat)] }]);
  demand(world, 'grant', [{ who: principal(friend), role: { operator: null }, canister: [principal(worker)] }]);
  for (const message of ['first', 'second']) {
    say(world, message);
    demand(world, 'backup', [principal(chat)]);
    // The next one by hand keeps its distance.
    world.advance(MANUAL_SPACING_NANOS);
  }
  replyOf(world.call(aboutCanister(world, 'take_canister_snapshot', chat)), 'take');
  say(world, 'third');
  demand(world, 'backup', [principal(worker)]);
  world.advance(MANUAL_SPACING_NANOS);
  world.settle();
  return world;
}

export function say(world: World, message: string): void {
  world.append(message);
  world.settle();
}

export function demand(world: World, method: string, args: readonly unknown[], snapshots?: readonly string[]): void {
  const about = snapshots === undefined ? {} : { canister: world.names.chat, snapshots };
  const answer = world.askNow(method, args, about);
  if (answer.kind !== 'ok') throw new Error(`${method}: ${JSON.stringify(answer)}`);
}
