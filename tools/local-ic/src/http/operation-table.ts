/**
 * Everything one instance answers: what stands after `/instances/{id}/` in the path → how it is asked. What each does is
 * in `operations.ts`, which only the threads that hold instances load.
 */
export interface OperationKind {
  readonly method: 'GET' | 'POST';
  /** Answers `null`: such an operation may not be answered later, because its client takes `null` for "not yet". */
  readonly isVoid?: true;
  /** Its request or answer has integers above 2^53, and no blobs. */
  readonly exactIntegers?: true;
}

const OPERATIONS = {
  '_/topology': { method: 'GET' },
  'read/topology': { method: 'GET' },
  'read/get_time': { method: 'GET', exactIntegers: true },
  'read/query': { method: 'POST' },
  'read/get_controllers': { method: 'POST' },
  'read/get_cycles': { method: 'POST', exactIntegers: true },
  'read/get_stable_memory': { method: 'POST' },
  'read/get_subnet': { method: 'POST' },
  'read/pub_key': { method: 'POST' },
  'read/get_canister_http': { method: 'GET' },
  'read/ingress_status': { method: 'POST' },
  'update/submit_ingress_message': { method: 'POST' },
  'update/await_ingress_message': { method: 'POST' },
  'update/tick': { method: 'POST', isVoid: true },
  'update/set_time': { method: 'POST', isVoid: true, exactIntegers: true },
  'update/set_certified_time': { method: 'POST', isVoid: true, exactIntegers: true },
  'update/add_cycles': { method: 'POST', exactIntegers: true },
  'update/set_stable_memory': { method: 'POST', isVoid: true },
} as const satisfies Record<string, OperationKind>;

/** What live mode asks of an instance; no path leads here. Nanoseconds in `nanos`. */
const LIVE_OPERATIONS = {
  'live/start': { method: 'POST', isVoid: true, exactIntegers: true },
  'live/round': { method: 'POST', exactIntegers: true },
} as const satisfies Record<string, OperationKind>;

export type RoutedOperation = keyof typeof OPERATIONS;
export type OperationName = RoutedOperation | keyof typeof LIVE_OPERATIONS;

export const ROUTED_OPERATIONS = Object.keys(OPERATIONS) as readonly RoutedOperation[];

export function operationKind(name: OperationName): OperationKind {
  return { ...OPERATIONS, ...LIVE_OPERATIONS }[name];
}
