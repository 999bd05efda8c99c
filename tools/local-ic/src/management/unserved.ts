import { refuse } from './method.ts';
import { notServed } from './rejects.ts';
import type { ManagementMethod } from './types.ts';

/** Methods of the Internet Computer that this engine does not have: they are refused, never silent. */
const NAMES = [
  'bitcoin_get_balance',
  'bitcoin_get_block_headers',
  'bitcoin_get_current_fee_percentiles',
  'bitcoin_get_utxos',
  'bitcoin_send_transaction',
  'ecdsa_public_key',
  'flexible_http_request',
  'http_request',
  'list_canisters',
  'node_metrics_history',
  'rename_canister',
  'schnorr_public_key',
  'sign_with_ecdsa',
  'sign_with_schnorr',
  'subnet_info',
  'subnet_metrics',
  'vetkd_derive_key',
  'vetkd_public_key',
];

export const UNSERVED_METHODS: readonly ManagementMethod[] = NAMES.map((name) => ({
  name,
  ingress: 'nobody',
  budgeted: false,
  run: () => refuse(notServed(name)),
  effectiveCanister: () => ({ canisterId: null }),
}));
