import { checkWithdrawal, ingressFee } from '../cycles.ts';
import { type Reject, reject } from '../errors.ts';
import type { Machine } from '../execution/machine.ts';
import { CHECKPOINT_INTERVAL_ROUNDS } from '../limits.ts';
import { chargeResources, checkpointDelta, decayRateLimits, processStopping } from '../management/index.ts';
import { MANAGEMENT_CANISTER } from '../principal.ts';
import type { CanisterState, IcState, IngressMessage } from '../state/types.ts';
import type { RoundReport } from '../types.ts';
import { ingressBytes, setIngressStatus } from './answers.ts';
import { type DueTasks, dueTasks, roundIsFull, runCanisters } from './canister-turn.ts';
import { deliver, isManagement, notTaking } from './deliver.ts';
import { dropExpired } from './expiry.ts';
import { answering, answerRandomness, drainManagement } from './management-turn.ts';
import { newCounts, type World } from './world.ts';

/** Nanoseconds by which a block is later than the one before if the clock stood still (PocketIC). */
const LEAST_STEP = 1n;

/**
 * One round, in the replica's order (snapshots reference, section 9): time out, induct the loopback stream, induct
 * ingress, postponed randomness, then management calls and canisters in passes until nothing runs, then stopping
 * canisters, then charges.
 */
export function runRound(state: IcState, machine: Machine): RoundReport {
  const world: World = { state, machine, counts: newCounts() };
  state.round += 1;
  state.blockTime = state.time > state.blockTime ? state.time : state.blockTime + LEAST_STEP;
  state.time = state.blockTime;
  dropExpired(state);
  inductLoopback(world);
  inductIngress(world);
  answerRandomness(world);
  runPasses(world);
  processStopping(state, state.blockTime, answering(world).answer);
  chargeResources(state, state.blockTime, { machine, ...answering(world) });
  decayRateLimits(state);
  if (state.round % CHECKPOINT_INTERVAL_ROUNDS === 0) checkpointDelta(state);
  const { executions, instructions, changedPages } = world.counts;
  return { round: state.round, time: state.blockTime, executions, instructions, changedPages };
}

function inductLoopback(world: World): void {
  const { state } = world;
  const { held, loopback } = state;
  state.held = [];
  state.loopback = [];
  for (const { message, rounds } of held) deliver(world, message, rounds);
  for (const message of loopback) deliver(world, message);
}

function inductIngress({ state }: World): void {
  const pool = state.ingressPool;
  state.ingressPool = [];
  for (const message of pool) {
    setIngressStatus(state, message.messageId, { kind: 'processing' });
    const problem = inductOne(state, message);
    if (problem !== null) setIngressStatus(state, message.messageId, { kind: 'rejected', reject: problem });
  }
}

/** Queues a user's call at its receiver; or says why not. The canister that it is about pays for receiving it. */
function inductOne(state: IcState, message: IngressMessage): Reject | null {
  if (message.receiver === MANAGEMENT_CANISTER) {
    const subject = state.canisters.get(message.effectiveCanisterId);
    // A canister whose settings keep it frozen can still be given others: that call is free here.
    const problem =
      subject === undefined || message.method === 'update_settings' ? null : payForIngress(state, subject, message);
    if (problem === null) state.management.ingress.push(message);
    return problem;
  }
  const canister = state.canisters.get(message.receiver);
  if (canister === undefined) return reject('IC0301', `Canister ${message.receiver} not found`);
  const problem = notTaking(canister) ?? payForIngress(state, canister, message);
  if (problem === null) canister.queues.ingress.push(message);
  return problem;
}

function payForIngress(state: IcState, canister: CanisterState, message: IngressMessage): Reject | null {
  const cost = ingressFee(state, ingressBytes(message));
  const payable = checkWithdrawal(state, canister, { cost, revealMissing: false });
  if (!payable.ok) return payable.error;
  canister.cycles -= cost;
  return null;
}

function runPasses(world: World): void {
  let tasks: DueTasks | null = null;
  for (;;) {
    drainManagement(world);
    tasks ??= dueTasks(world);
    const ran = runCanisters(world, tasks);
    flushOutputs(world);
    if (!ran || roundIsFull(world)) return;
  }
}

/** What the canisters sent: to one another at once, to aaaaa-aa through the loopback stream of the next round. */
function flushOutputs(world: World): void {
  for (const canister of world.state.canisters.values()) flushOutput(world, canister);
}

function flushOutput(world: World, canister: CanisterState): void {
  const sent = canister.queues.output;
  canister.queues.output = [];
  for (const message of sent) {
    if (message.kind === 'request' && isManagement(world.state, message.receiver)) world.state.loopback.push(message);
    else deliver(world, message);
  }
}
