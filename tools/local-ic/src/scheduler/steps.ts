/** What every execution in a round goes through: its fee, its commit, its calls and its answer. */
import { checkWithdrawal, executionFee } from '../cycles.ts';
import { ok, REJECT, type Result, reject } from '../errors.ts';
import { commitProblem, commitState, memoryLimitProblem, sendCalls } from '../execution/commit.ts';
import { type ExecutionSpec, execute } from '../execution/execute.ts';
import type { Effects, RunOutcome } from '../execution/run.ts';
import { executionErrorText } from '../execution/traps.ts';
import { MAX_INSTRUCTIONS_PER_MESSAGE } from '../limits.ts';
import { nextHookStatus, senderVersionProblem } from '../management/index.ts';
import { MANAGEMENT_CANISTER } from '../principal.ts';
import type { CallContext, CallOrigin, CanisterState, Trap } from '../state/types.ts';
import type { ExecutionKind } from '../types.ts';
import { type Answer, answerCallContext, bounced, noAnswer } from './answers.ts';
import { enqueue } from './deliver.ts';
import type { World } from './world.ts';

/** What an execution did and was committed, or why nothing of it was. */
export type Settled = Effects | { readonly trap: Trap };

/** Runs it and counts it towards the round. */
export function executeIn(world: World, canister: CanisterState, spec: ExecutionSpec): RunOutcome {
  const outcome = execute(world, canister, spec);
  world.counts.executions += 1;
  world.counts.instructions += outcome.instructions;
  return outcome;
}

/** The fee for the whole limit is taken first, and what was not used given back. */
export function prepay(world: World, canister: CanisterState): Result<bigint> {
  const fee = executionFee(world.state, MAX_INSTRUCTIONS_PER_MESSAGE);
  const payable = checkWithdrawal(world.state, canister, { cost: fee, revealMissing: false });
  if (!payable.ok) return payable;
  canister.cycles -= fee;
  return ok(fee);
}

/** Commits, and gives back what of the prepaid fee was not used. */
export function settle(
  world: World,
  canister: CanisterState,
  job: { readonly outcome: RunOutcome; readonly prepaid: bigint; readonly kind: ExecutionKind },
): Settled {
  const effects = committed(world, canister, job);
  canister.cycles += job.prepaid - executionFee(world.state, job.outcome.instructions);
  return effects;
}

/** Commits what ended well and may stand; replicated queries keep nothing but their answer and their cycles. */
export function committed(
  world: World,
  canister: CanisterState,
  job: { readonly outcome: RunOutcome; readonly kind: ExecutionKind },
): Settled {
  const { result } = job.outcome;
  if (result.kind === 'trapped') return { trap: result.trap };
  const { effects } = result;
  if (job.kind === 'replicated_query') {
    canister.cycles = effects.balance;
    canister.version += 1n;
    return effects;
  }
  const problem =
    (job.kind === 'update' ? memoryLimitProblem(canister, effects.memory.size) : null) ??
    (job.kind === 'reply' || job.kind === 'reject' || job.kind === 'cleanup'
      ? null
      : commitProblem(world.state, canister, effects));
  if (problem !== null) return { trap: problem };
  world.counts.changedPages += commitState(canister, effects).changedPages;
  canister.version += 1n;
  canister.lowMemoryHook = nextHookStatus(canister);
  return effects;
}

export function openContext(
  world: World,
  canister: CanisterState,
  call: { readonly origin: CallOrigin; readonly cycles: bigint; readonly method: string },
): CallContext {
  const context: CallContext = {
    id: canister.nextCallContextId,
    origin: call.origin,
    method: call.method,
    responded: false,
    availableCycles: call.cycles,
    outstanding: 0,
    instructions: 0n,
    time: world.state.blockTime,
  };
  canister.nextCallContextId += 1;
  canister.callContexts.set(context.id, context);
  return context;
}

/** Sends the calls and the answer of an execution, and closes the call context if nothing is left to wait for. */
export function closeStep(
  world: World,
  canister: CanisterState,
  { context, effects }: { readonly context: CallContext; readonly effects: Settled },
): void {
  if (!('trap' in effects)) {
    context.availableCycles -= effects.accepted;
    sendCalls(canister, context.id, effects);
    bounceWrongVersions(canister);
    if (effects.answer !== null) answerCallContext(world.state, canister, context, answerOf(effects.answer));
  }
  if (context.outstanding > 0) return;
  canister.callContexts.delete(context.id);
  if (context.responded) return;
  const problem =
    'trap' in effects
      ? reject(effects.trap.errorCode, executionErrorText(canister.id, effects.trap))
      : noAnswer(canister.id, context.origin);
  answerCallContext(world.state, canister, context, { kind: 'reject', reject: problem });
}

/** A management call that names another version of the caller than it had while it sent the call comes back at once. */
function bounceWrongVersions(canister: CanisterState): void {
  const version = canister.version - 1n;
  canister.queues.output = canister.queues.output.filter((message) => {
    if (message.kind !== 'request' || message.receiver !== MANAGEMENT_CANISTER) return true;
    const problem = senderVersionProblem({ ...message, version });
    if (problem !== null) enqueue(canister, MANAGEMENT_CANISTER, bounced(message, problem, true));
    return problem === null;
  });
}

function answerOf(answer: NonNullable<Effects['answer']>): Answer {
  if (answer.kind === 'reply') return answer;
  return { kind: 'reject', reject: { rejectCode: REJECT.CanisterReject, errorCode: null, message: answer.message } };
}
