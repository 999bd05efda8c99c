import { checkWithdrawal, executionFee, responseTransmissionRefund } from '../cycles.ts';
import { err, ok, REJECT, type Result, reject } from '../errors.ts';
import { commitProblem, commitState, memoryLimitProblem, sendCalls } from '../execution/commit.ts';
import { type ExecutionSpec, execute } from '../execution/execute.ts';
import type { Effects, RunOutcome } from '../execution/run.ts';
import { executionErrorText } from '../execution/traps.ts';
import { MAX_INSTRUCTIONS_PER_MESSAGE } from '../limits.ts';
import { nextHookStatus, senderVersionProblem } from '../management/index.ts';
import { MANAGEMENT_CANISTER, type PrincipalText } from '../principal.ts';
import type {
  Callback,
  CallContext,
  CallOrigin,
  CanisterState,
  IngressMessage,
  Request,
  Response,
  Trap,
} from '../state/types.ts';
import type { ExecutionKind } from '../types.ts';
import { type Answer, answerCallContext, answerOrigin, bounced, noAnswer } from './answers.ts';
import { enqueue } from './deliver.ts';
import type { World } from './world.ts';

/** Executes one queued message of a canister, to its commit or its answer. */
export function executeInput(
  world: World,
  canister: CanisterState,
  message: Request | Response | IngressMessage,
): void {
  if (message.kind === 'response') executeResponse(world, canister, message);
  else executeCall(world, canister, message);
}

// Calls

function executeCall(world: World, canister: CanisterState, message: Request | IngressMessage): void {
  const origin: CallOrigin =
    message.kind === 'ingress'
      ? { kind: 'ingress', sender: message.sender, messageId: message.messageId }
      : { kind: 'canister', sender: message.sender, callbackId: message.callbackId, deadline: message.deadline };
  const cycles = message.kind === 'request' ? message.cycles : 0n;
  const started = startCall(world, canister, message.method);
  if (!started.ok) {
    answerOrigin(world.state, canister, { origin, refund: cycles, answer: { kind: 'reject', reject: started.error } });
    return;
  }
  const { method, prepaid } = started.value;
  const context = openContext(world, canister, { origin, cycles, method: message.method });
  const outcome = executeIn(world, canister, {
    kind: method.kind,
    entry: { kind: 'export', name: method.export },
    instructionLimit: MAX_INSTRUCTIONS_PER_MESSAGE,
    caller: message.sender,
    arg: message.payload,
    method: message.method,
    deadline: origin.kind === 'canister' ? origin.deadline : 0n,
    cyclesAvailable: cycles,
  });
  const effects = settle(world, canister, { outcome, prepaid, kind: method.kind });
  context.instructions += outcome.instructions;
  closeStep(world, canister, { context, effects });
}

type Method = { readonly kind: ExecutionKind; readonly export: string };

/** What runs for this call, and the fee taken for it; or why the call is refused. */
function startCall(
  world: World,
  canister: CanisterState,
  name: string,
): Result<{ readonly method: Method; readonly prepaid: bigint }> {
  const method = chooseMethod(world, canister, name);
  if (!method.ok) return method;
  const prepaid = prepay(world, canister);
  return prepaid.ok ? ok({ method: method.value, prepaid: prepaid.value }) : prepaid;
}

function chooseMethod(world: World, canister: CanisterState, name: string): Result<Method> {
  if (canister.status.kind !== 'running') {
    return err(canister.status.kind === 'stopped' ? 'IC0508' : 'IC0509', `Canister ${canister.id} is not running`);
  }
  if (canister.code === null) {
    return err(
      'IC0537',
      executionErrorText(canister.id, {
        errorCode: 'IC0537',
        message: 'Attempted to execute a message, but the canister contains no Wasm module.',
      }),
    );
  }
  const exports = exportsOf(world, canister);
  if (exports.has(`canister_update ${name}`)) return ok({ kind: 'update', export: `canister_update ${name}` });
  if (exports.has(`canister_query ${name}`)) return ok({ kind: 'replicated_query', export: `canister_query ${name}` });
  if (exports.has(`canister_composite_query ${name}`)) {
    return err('IC0527', `Composite query cannot be called in replicated mode`);
  }
  return err(
    'IC0536',
    executionErrorText(canister.id, { errorCode: 'IC0536', message: `Canister has no update method '${name}'.` }),
  );
}

export function exportsOf(world: Pick<World, 'machine'>, canister: CanisterState): ReadonlySet<string> {
  if (canister.code === null) return new Set();
  const prepared = world.machine.prepare(canister.code.wasmModule, canister.code.moduleHash);
  return prepared.ok ? prepared.value.info.functionExports : new Set();
}

// Answers to our calls

function executeResponse(world: World, canister: CanisterState, response: Response): void {
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

/**
 * What a callback with a cleanup may not use, so that cleanup can still run (the replica reserves 5 % of the limit;
 * rs/execution_environment, execution of responses).
 */
const CLEANUP_RESERVE = MAX_INSTRUCTIONS_PER_MESSAGE / 20n;

// Tasks

/** Runs a heartbeat, timer or hook; its call context answers nobody. */
export function executeTask(
  world: World,
  canister: CanisterState,
  task: 'heartbeat' | 'global_timer' | 'low_wasm_memory',
): void {
  const prepaid = prepay(world, canister);
  if (!prepaid.ok) return;
  const context = openContext(world, canister, { origin: { kind: 'task', task }, cycles: 0n, method: '' });
  context.responded = true;
  const names = {
    heartbeat: 'canister_heartbeat',
    global_timer: 'canister_global_timer',
    low_wasm_memory: 'canister_on_low_wasm_memory',
  };
  if (task === 'global_timer') canister.globalTimer = 0n;
  if (task === 'low_wasm_memory') canister.lowMemoryHook = 'executed';
  const outcome = executeIn(world, canister, {
    kind: task,
    entry: { kind: 'export', name: names[task] },
    instructionLimit: MAX_INSTRUCTIONS_PER_MESSAGE,
  });
  const effects = settle(world, canister, { outcome, prepaid: prepaid.value, kind: task });
  closeStep(world, canister, { context, effects });
}

// Shared steps

type Settled = Effects | { readonly trap: Trap };

function executeIn(world: World, canister: CanisterState, spec: ExecutionSpec): RunOutcome {
  const outcome = execute(world, canister, spec);
  world.counts.executions += 1;
  world.counts.instructions += outcome.instructions;
  return outcome;
}

/** The fee for the whole limit is taken first, and what was not used given back. */
function prepay(world: World, canister: CanisterState): Result<bigint> {
  const fee = executionFee(world.state, MAX_INSTRUCTIONS_PER_MESSAGE);
  const payable = checkWithdrawal(world.state, canister, { cost: fee, revealMissing: false });
  if (!payable.ok) return payable;
  canister.cycles -= fee;
  return ok(fee);
}

function settle(
  world: World,
  canister: CanisterState,
  job: { readonly outcome: RunOutcome; readonly prepaid: bigint; readonly kind: ExecutionKind },
): Settled {
  const effects = committed(world, canister, job);
  canister.cycles += job.prepaid - executionFee(world.state, job.outcome.instructions);
  return effects;
}

/** Commits what ended well and may stand; replicated queries keep nothing but their answer and their cycles. */
function committed(
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

function openContext(
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
function closeStep(
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
