import { FREE_SLOTS, MAX_SNAPSHOTS_PER_CANISTER } from '@canister-backup/shared';
import type { PrincipalText } from 'local-ic';
import { aboutCanister, act } from './acts.ts';
import { CHECKERS } from './checkers/index.ts';
import { claimsOf } from './claims.ts';
import { demandProgress } from './demands.ts';
import { classOf, type Fault } from './faults.ts';
import { askHealth } from './health-told.ts';
import { type Claims, type History, type Seen, targetsIn, type Violation } from './history.ts';
import { about, controllersRequest, MINUTE, principal, replyOf, SECOND, upgradeRequest } from './network.ts';
import type { Scenario } from './prepare.ts';
import { remembered } from './proxied.ts';
import { refusedCall } from './refused.ts';
import { type ScenarioName, scenario, targetOf } from './scenarios.ts';
import { Stuck, type World } from './world.ts';

/** Rounds in which faults may strike. A backup takes about ten. */
export const FAULT_ROUNDS = 40;

/** Rounds after the last act in which nothing has to happen for the phase to end. */
export const QUIET_ROUNDS = 3;

/**
 * How long a target may stay down after faults have stopped. A round takes about a second, so these are 900 rounds: the
 * watchdog looks after six minutes without progress, a stop times out after five, and a start is tried again each minute.
 */
export const RECOVERY = 15n * MINUTE;

export interface Case {
  readonly scenario: ScenarioName;
  readonly faults: readonly Fault[];
}

export type Verdict =
  | { readonly kind: 'held' }
  | { readonly kind: 'crash' | 'safety' | 'progress'; readonly violations: readonly Violation[] };

/** A world that a scenario begins on, and what the manager says of it. */
export interface Prepared {
  readonly world: World;
  readonly claims: Claims;
  /** For how many rounds the scenario without faults has the chat down at most. */
  readonly roundsDown: () => number;
}

export function simulate(
  { world: prepared, claims, roundsDown }: Prepared,
  one: Case,
): { readonly verdict: Verdict; readonly world: World } {
  const world = prepared.fork(one.faults);
  const begin = world.observer.here();
  const strangers = one.faults.some((fault) => fault.kind === 'act' && fault.act === 'stranger');
  try {
    const { again, leftAlone }: Scenario = scenario(one.scenario);
    strike(world, one);
    if (leftAlone !== undefined) leaveAlone(world, leftAlone);
    askHealth(world);
    heal(world);
    again?.(world);
    const recovered = recover(world);
    askHealth(world);
    // Without cycles for days a canister is uninstalled by the IC; of a manager that is gone nothing is demanded.
    if (world.see(world.names.manager)?.hasCode !== true) return { verdict: { kind: 'held' }, world };
    const late = demandProgress(world);
    askHealth(world);
    const onlyCrowds = one.faults.length > 0 && one.faults.every((fault) => classOf(fault) === 'crowd');
    const alone = onlyCrowds ? { undisturbedRounds: roundsDown() } : {};
    const known = { begin, ...recovered, ...alone, contents: late.contents, strangers };
    const history = historyOf(world, { ...known, claims: claimsOf(world, claims) });
    if (history.claims.openRuns > 0) {
      late.violations.push({ invariant: 'progress', message: `${history.claims.openRuns} runs never end` });
    }
    const broken = CHECKERS.flatMap((check) => check(history));
    if (broken.length > 0) return { verdict: { kind: 'safety', violations: broken }, world };
    if (late.violations.length > 0) return { verdict: { kind: 'progress', violations: late.violations }, world };
    return { verdict: { kind: 'held' }, world };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (error instanceof Stuck) {
      return { verdict: { kind: 'progress', violations: [{ invariant: 'progress', message: error.message }] }, world };
    }
    return { verdict: { kind: 'crash', violations: [{ invariant: 'crash', message }] }, world };
  }
}

/** Time passes, and nobody sets anything right: faults strike on. */
function leaveAlone(world: World, nanos: bigint): void {
  world.boundaries.workerBusy = false;
  world.drift(nanos);
}

/** @returns rounds before which acts may come */
export function strike(world: World, { scenario: name, faults }: Case): number {
  const { begin, rounds = FAULT_ROUNDS, pace }: Scenario = scenario(name);
  const target = targetOf(world, name);
  const acts = faults.filter((fault) => fault.kind === 'act');
  const last = Math.max(0, ...acts.map(({ round }) => round));
  let quiet = 0;
  begin(world);
  for (let round = 0; round < rounds; round += 1) {
    for (const fault of acts) if (fault.round === round) act(world, fault.act, target);
    world.tick();
    quiet = world.idle() ? quiet + 1 : 0;
    if (pace === undefined && quiet > QUIET_ROUNDS && round >= last) return round + 1;
    if (quiet === 0) world.advance(SECOND);
    else if (pace !== undefined) world.advance(pace);
  }
  return rounds;
}

/** What an operator of both canisters sets right: cycles, control, slots, and a manager that runs. */
function heal(world: World): void {
  const { boundaries, names } = world;
  boundaries.healed = true;
  boundaries.workerBusy = false;
  for (const canister of world.canisters()) topUp(world, canister);
  const managers = [names.manager, names.second].filter((id) => id !== undefined);
  for (const target of targetsIn(names)) {
    const seen = world.see(target);
    if (seen !== null && !seen.controllers.includes(names.manager)) {
      world.call(controllersRequest(names, target, [names.developer, ...managers]));
    }
    freeSlots(world, target);
  }
  // An upgrade with a stop, that somebody is in the middle of, comes to its end first.
  for (let round = 0; round < FAULT_ROUNDS && world.see(names.manager)?.status === 'stopping'; round += 1) world.tick();
  for (let round = 0; round < QUIET_ROUNDS; round += 1) world.tick();
  for (const manager of managers) {
    const status = world.see(manager)?.status;
    if (status !== 'running') world.call(aboutCanister(world, 'start_canister', manager));
  }
  if (boundaries.timersLost && world.see(names.manager)?.hasCode === true) {
    const code = { module: world.modules.manager, skipPreUpgrade: true };
    replyOf(world.call(upgradeRequest(names, names.manager, code)), 'upgrade');
  }
}

const AMPLE_CYCLES = 50_000_000_000_000n;

function topUp(world: World, canister: PrincipalText): void {
  if (world.see(canister) === null) return;
  const missing = AMPLE_CYCLES - world.ic.cycles(canister);
  if (missing > 0n) world.ic.addCycles(canister, missing);
}

/** Snapshots of others that stay, where the manager's own leave so much room: a take needs two more. */
const FOREIGN_LEFT = 3;

/** Deletes what somebody else took, if it leaves the manager no room. */
function freeSlots(world: World, target: PrincipalText): void {
  const room = MAX_SNAPSHOTS_PER_CANISTER - FREE_SLOTS - world.ours(target).length;
  for (const id of world.foreign(target).slice(Math.max(0, Math.min(FOREIGN_LEFT, room)))) {
    const argument = { canister_id: principal(target), snapshot_id: Buffer.from(id, 'hex') };
    world.call(about('delete_canister_snapshot', argument, world.names.developer));
  }
}

function recover(world: World): Pick<History, 'recovered' | 'recoveredAt'> {
  world.pass(RECOVERY);
  return { recovered: seeTargets(world), recoveredAt: world.observer.here() };
}

function seeTargets(world: World): Map<string, Seen | null> {
  return new Map(targetsIn(world.names).map((target) => [target, world.see(target)]));
}

type Known = Pick<History, 'begin' | 'recovered' | 'recoveredAt' | 'contents' | 'claims' | 'undisturbedRounds'> & {
  readonly strangers: boolean;
};

function historyOf(world: World, { strangers, ...known }: Known): History {
  const refusals = strangers ? [refusedCall(world)] : [];
  return {
    ...known,
    names: world.names,
    final: seeTargets(world),
    ...remembered(world),
    health: world.health.told,
    begunAt: world.begunAt,
    snapshotContents: world.observer.snapshotContents,
    refusals,
  };
}
