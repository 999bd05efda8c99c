import type { Result } from '../errors.ts';
import type { PrincipalText } from '../principal.ts';
import type { CanisterLogLine, Interceptor } from '../types.ts';
import type { PreparedModule } from '../wasm/index.ts';
import type { InstancePool } from './instances.ts';
import { prepare } from './modules.ts';

/** What runs canisters beside the state: kept instances and who listens. None of it is state. */
export interface Machine {
  readonly pool: InstancePool;
  readonly interceptor: Interceptor;
  readonly onCanisterLog: (entry: CanisterLogLine) => void;
  /** Reads, checks, instruments and compiles a module; errors are IC0505. */
  readonly prepare: (wasmModule: Uint8Array, hash?: Uint8Array) => Result<PreparedModule>;
  /** Drops a canister's instance (it was removed). */
  readonly forget: (id: PrincipalText) => void;
}

export function createMachine(options: {
  readonly interceptor?: Interceptor | undefined;
  readonly onCanisterLog?: ((entry: CanisterLogLine) => void) | undefined;
  /** Instances to share, as a fork does with what it was made from. */
  readonly pool?: InstancePool;
}): Machine {
  const pool: InstancePool = options.pool ?? new Map();
  return {
    pool,
    interceptor: options.interceptor ?? {},
    onCanisterLog: options.onCanisterLog ?? (() => undefined),
    prepare,
    forget: (id) => void pool.delete(id),
  };
}
