/**
 * How much of a caller's argument is read, by method and caller. Whoever has neither a role nor control of the manager
 * is answered before a byte is read, except by queries that are for everybody.
 */
import {
  MAX_ARGUMENT_STEPS,
  MAX_IMPORT_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_PROXIED_ARG_BYTES,
  MAX_PROXIED_ARG_STEPS,
} from '../limits.ts';

export interface Bounds {
  readonly bytes: number;
  /** Types, fields and values: see `candid/arguments.ts`. */
  readonly steps: number;
}

/** `role`: a principal with any role; `anyone`: of a query for everybody. */
export type CallerKind = 'controller' | 'role' | 'anyone';

const USUAL: Bounds = { bytes: MAX_MESSAGE_BYTES, steps: MAX_ARGUMENT_STEPS };

/** What differs from the usual. `proxy.args` are the arguments that `proxy` is given for another method. */
const BOUNDS: Readonly<Record<string, Readonly<Partial<Record<CallerKind, Bounds>>>>> = {
  import_state: { controller: { bytes: MAX_IMPORT_BYTES, steps: MAX_ARGUMENT_STEPS } },
  'proxy.args': {
    controller: { bytes: MAX_PROXIED_ARG_BYTES, steps: MAX_PROXIED_ARG_STEPS },
    role: { bytes: MAX_PROXIED_ARG_BYTES, steps: MAX_PROXIED_ARG_STEPS },
  },
};

export function boundsOf(method: string, caller: CallerKind): Bounds {
  return BOUNDS[method]?.[caller] ?? USUAL;
}
