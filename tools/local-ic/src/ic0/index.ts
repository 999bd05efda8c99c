import { assert } from '../errors.ts';
import { callFunctions } from './calls.ts';
import { environmentFunctions } from './environment.ts';
import { contractViolation, HostTrap } from './execution.ts';
import type { Guest, HostFunction, HostFunctions } from './guest.ts';
import { messageFunctions } from './messages.ts';
import { HOST_SIGNATURES } from './signatures.ts';
import { storageFunctions } from './storage.ts';

export { type ContextLetter, contextBit } from './contexts.ts';
export * from './execution.ts';
export type { Guest } from './guest.ts';
export { IMPORT_SIGNATURES } from './signatures.ts';
export { collectStable, stableOverlay } from './stable.ts';

/** The import object of one instance. Each function first checks that it may be called in the context under way. */
export function hostImports(guest: Guest): WebAssembly.ModuleImports {
  const functions: HostFunctions = {
    ...messageFunctions(guest),
    ...callFunctions(guest),
    ...storageFunctions(guest),
    ...environmentFunctions(guest),
  };
  const imports: WebAssembly.ModuleImports = {};
  for (const [name, { allowed }] of HOST_SIGNATURES) {
    const run = functions[name];
    assert(run !== undefined, `ic0.${name} is declared and not built`);
    imports[name] = guarded(guest, { name, allowed, run });
  }
  return imports;
}

function guarded(guest: Guest, entry: { readonly name: string; readonly allowed: number; readonly run: HostFunction }) {
  const { name, allowed } = entry;
  const run = entry.run as (...parameters: unknown[]) => number | bigint | undefined;
  return (...parameters: unknown[]): number | bigint | undefined => {
    const execution = guest.execution();
    if ((allowed & execution.input.context) === 0) {
      contractViolation(`"ic0_${name}" cannot be executed in ${execution.input.mode} mode`);
    }
    execution.hostCalls += 1;
    if (execution.hostCalls === execution.input.trapAtHostCall) {
      throw new HostTrap('IC0502', 'Canister trapped: unreachable');
    }
    return run(...parameters);
  };
}
