/** A step as the call of the manager that it is. */
import { type CandidError, type CandidResult, type CandidRole, type Opt, writePolicy } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import type { Step } from '../core/types.ts';
import type { Manager } from './manager.ts';

/** @returns why it was refused, or undefined */
export async function carryOut(manager: Manager, step: Step): Promise<CandidError | undefined> {
  const result = await call(manager, step);
  return 'Err' in result ? result.Err : undefined;
}

function call(manager: Manager, step: Step): Promise<CandidResult<unknown>> {
  switch (step.call) {
    case 'register':
      return manager.register({ canister: Principal.fromText(step.canister), policy: [writePolicy(step.policy)] });
    case 'set_policy':
      return manager.set_policy({ canister: Principal.fromText(step.canister), policy: writePolicy(step.policy) });
    case 'pause':
    case 'resume':
      return manager[step.call]({ canister: [Principal.fromText(step.canister)] });
    case 'set_name':
      return manager.set_name({
        canister: Principal.fromText(step.canister),
        name: step.name === null ? [] : [step.name],
      });
    case 'set_default':
      return manager.set_default({ canister: some(step.canister) });
    case 'unregister':
      return manager.unregister(Principal.fromText(step.canister));
    case 'grant':
    case 'revoke':
      return manager[step.call]({
        who: Principal.fromText(step.who),
        role: { [step.role]: null } as unknown as CandidRole,
        canister: some(step.canister),
      });
  }
}

function some(text: string | null | undefined): Opt<Principal> {
  return text === null || text === undefined ? [] : [Principal.fromText(text)];
}
