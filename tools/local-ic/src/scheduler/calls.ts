import { err, ok, type Result } from '../errors.ts';
import { exportsOf } from '../execution/modules.ts';
import { executionErrorText, noModule } from '../execution/traps.ts';
import { MAX_INSTRUCTIONS_PER_MESSAGE } from '../limits.ts';
import type { CallOrigin, CanisterState, IngressMessage, Request } from '../state/types.ts';
import type { ExecutionKind } from '../types.ts';
import { answerOrigin } from './answers.ts';
import { closeStep, executeIn, openContext, prepay, settle } from './steps.ts';
import type { World } from './world.ts';

/** Executes a call of a user or a canister: a new call context, the method, its commit, its answer. */
export function executeCall(world: World, canister: CanisterState, message: Request | IngressMessage): void {
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
  const method = chooseMethod(canister, name);
  if (!method.ok) return method;
  const prepaid = prepay(world, canister);
  return prepaid.ok ? ok({ method: method.value, prepaid: prepaid.value }) : prepaid;
}

function chooseMethod(canister: CanisterState, name: string): Result<Method> {
  if (canister.status.kind !== 'running') {
    return err(canister.status.kind === 'stopped' ? 'IC0508' : 'IC0509', `Canister ${canister.id} is not running`);
  }
  if (canister.code === null) return { ok: false, error: noModule(canister.id) };
  const exports = exportsOf(canister);
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
