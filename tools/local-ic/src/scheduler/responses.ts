import { executionFee, responseTransmissionRefund } from '../cycles.ts';
import type { ExecutionSpec } from '../execution/execute.ts';
import { MAX_INSTRUCTIONS_PER_MESSAGE } from '../limits.ts';
import type { PrincipalText } from '../principal.ts';
import type { Callback, CallContext, CanisterState, Response } from '../state/types.ts';
import { closeStep, committed, executeIn } from './steps.ts';
import type { World } from './world.ts';

/**
 * What a callback with a cleanup may not use, so that cleanup can still run (the replica reserves 5 % of the limit;
 * rs/execution_environment, execution of responses).
 */
const CLEANUP_RESERVE = MAX_INSTRUCTIONS_PER_MESSAGE / 20n;

/** Executes the answer to a call that this canister made: reply or reject callback, and cleanup if that traps. */
export function executeResponse(world: World, canister: CanisterState, response: Response): void {
  const callback = canister.callbacks.get(response.callbackId);
  if (callback === undefined) return;
  canister.callbacks.delete(callback.id);
  canister.cycles += response.refund + responseTransmissionRefund(world.state, response.payload);
  const context = canister.callContexts.get(callback.callContextId);
  if (context !== undefined) context.outstanding -= 1;
  const held = executionFee(world.state, MAX_INSTRUCTIONS_PER_MESSAGE);
  if (callback.deleted || canister.code === null || context === undefined) {
    canister.cycles += held;
    return;
  }
  const spec = callbackSpec(context, callback, response);
  const outcome = executeIn(world, canister, spec);
  context.instructions += outcome.instructions;
  let used = outcome.instructions;
  const effects = committed(world, canister, { outcome, kind: spec.kind });
  if ('trap' in effects && callback.cleanup !== null) {
    used += runCleanup(world, canister, { callback, context, spec, left: MAX_INSTRUCTIONS_PER_MESSAGE - used });
  }
  canister.cycles += held - executionFee(world.state, used);
  closeStep(world, canister, { context, effects });
}

function callbackSpec(context: CallContext, callback: Callback, response: Response): ExecutionSpec {
  const { payload } = response;
  const isReply = payload.kind === 'reply';
  return {
    kind: isReply ? 'reply' : 'reject',
    entry: { kind: 'table', function: isReply ? callback.reply : callback.reject },
    instructionLimit: MAX_INSTRUCTIONS_PER_MESSAGE - (callback.cleanup === null ? 0n : CLEANUP_RESERVE),
    ...originCaller(context),
    ...(payload.kind === 'reply'
      ? { arg: payload.data }
      : { rejectCode: payload.code, rejectMessage: payload.message }),
    method: callback.method,
    peer: response.respondent,
    cyclesAvailable: context.availableCycles,
    cyclesRefunded: response.refund,
    contextInstructions: context.instructions,
    deadline: context.origin.kind === 'canister' ? context.origin.deadline : 0n,
  };
}

function originCaller({ origin }: CallContext): { readonly caller?: PrincipalText } {
  return origin.kind === 'task' ? {} : { caller: origin.sender };
}

interface CleanupJob {
  readonly callback: Callback;
  readonly context: CallContext;
  readonly spec: ExecutionSpec;
  readonly left: bigint;
}

/** The cleanup callback starts from the state before the trap; returns the instructions it used. */
function runCleanup(world: World, canister: CanisterState, job: CleanupJob): bigint {
  if (job.callback.cleanup === null) return 0n;
  const outcome = executeIn(world, canister, {
    ...job.spec,
    kind: 'cleanup',
    entry: { kind: 'table', function: job.callback.cleanup },
    instructionLimit: job.left,
    contextInstructions: job.context.instructions,
  });
  committed(world, canister, { outcome, kind: 'cleanup' });
  return outcome.instructions;
}
