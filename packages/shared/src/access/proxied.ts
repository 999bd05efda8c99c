/** Methods of the management canister that the manager's `proxy` answers to, about its targets. */
export const PROXIED_METHODS = [
  'canister_status',
  'list_canister_snapshots',
  'stop_canister',
  'start_canister',
  'take_canister_snapshot',
  'load_canister_snapshot',
  'delete_canister_snapshot',
] as const;

export type ProxiedMethod = (typeof PROXIED_METHODS)[number];
