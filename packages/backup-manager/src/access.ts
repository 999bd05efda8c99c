/** Who may. Every refusal of a caller is here, in the order in which it is checked. */
import { type ErrorValue, failure } from '@canister-backup/shared';
import { type Caller, caller, self } from './platform/ic.ts';

/** The caller, or why not. */
export function requireController(): { readonly Ok: Caller } | { readonly Err: ErrorValue } {
  const asking = caller();
  if (!asking.controls) {
    return { Err: failure('caller_not_allowed', { caller: asking.principal, manager: self() }) };
  }
  return { Ok: asking };
}

/** A target cannot wait for its own run: the run waits for the target to have no open call. */
export function refuseTarget(asking: Caller, canister: string): ErrorValue | undefined {
  return asking.principal === canister ? failure('caller_is_target', { canister }) : undefined;
}
