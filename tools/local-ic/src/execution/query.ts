import { isFrozen } from '../cycles.ts';
import { REJECT, type Reject, reject } from '../errors.ts';
import { MAX_INSTRUCTIONS_PER_QUERY } from '../limits.ts';
import type { CanisterState, IcState } from '../state/types.ts';
import type { CallRequest, CallResult } from '../types.ts';
import { execute } from './execute.ts';
import type { Machine } from './machine.ts';
import { exportsOf } from './modules.ts';
import { executionErrorText, noModule } from './traps.ts';

/** A query of a canister on the latest state; nothing it does is kept. */
export function queryCanister(
  world: { readonly state: IcState; readonly machine: Machine },
  request: CallRequest,
  dataCertificate: () => Uint8Array,
): CallResult {
  const canister = world.state.canisters.get(request.canisterId);
  if (canister === undefined) return rejected(reject('IC0301', `Canister ${request.canisterId} not found`));
  const method = queryMethod(world.state, canister, request.method);
  if ('rejectCode' in method) return rejected(method);
  const outcome = execute(world, canister, {
    kind: method.kind,
    entry: { kind: 'export', name: method.export },
    instructionLimit: MAX_INSTRUCTIONS_PER_QUERY,
    caller: request.sender,
    arg: request.payload,
    method: request.method,
    dataCertificate,
  });
  if (outcome.result.kind === 'trapped') {
    const { trap } = outcome.result;
    return rejected(reject(trap.errorCode, executionErrorText(canister.id, trap)));
  }
  const { answer, calls } = outcome.result.effects;
  if (answer === null && calls.length > 0)
    return rejected(reject('IC0406', 'Calls from composite queries are not served by local-ic yet.'));
  if (answer === null) return rejected(reject('IC0506', `Canister ${canister.id} did not reply to the call`));
  if (answer.kind === 'reply') return answer;
  return rejected({ rejectCode: REJECT.CanisterReject, errorCode: 'IC0406', message: answer.message });
}

type QueryMethod = { readonly kind: 'query' | 'composite_query'; readonly export: string };

function queryMethod(state: IcState, canister: CanisterState, name: string): QueryMethod | Reject {
  if (canister.status.kind === 'stopping') return reject('IC0509', `Canister ${canister.id} is not running`);
  if (canister.status.kind === 'stopped') {
    return reject('IC0508', `Canister ${canister.id} is stopped and therefore does not have a CallContextManager`);
  }
  if (canister.code === null) return noModule(canister.id);
  if (isFrozen(state, canister)) {
    return reject(
      'IC0207',
      `Canister ${canister.id} is unable to process query calls because it's frozen. Please top up the canister with cycles and try again.`,
    );
  }
  const exports = exportsOf(canister);
  if (exports.has(`canister_query ${name}`)) return { kind: 'query', export: `canister_query ${name}` };
  if (exports.has(`canister_composite_query ${name}`))
    return { kind: 'composite_query', export: `canister_composite_query ${name}` };
  return reject(
    'IC0536',
    executionErrorText(canister.id, { errorCode: 'IC0536', message: `Canister has no query method '${name}'.` }),
  );
}

function rejected(problem: Reject): CallResult {
  return { kind: 'reject', reject: problem, certified: false };
}
