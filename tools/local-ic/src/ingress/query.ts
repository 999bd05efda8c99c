import { utf8 } from '../bytes.ts';
import { certify } from '../certification/index.ts';
import type { Machine } from '../execution/machine.ts';
import { queryCanister } from '../execution/query.ts';
import { runManagementQuery } from '../management/index.ts';
import { MANAGEMENT_CANISTER, principalToBytes } from '../principal.ts';
import type { IcState } from '../state/types.ts';
import type { CallRequest, CallResult } from '../types.ts';

/** A query of a canister or of aaaaa-aa, on the latest state. The canister can have its certified data certified. */
export function runQuery(
  world: { readonly state: IcState; readonly machine: Machine },
  request: CallRequest,
): CallResult {
  if (request.canisterId === MANAGEMENT_CANISTER) return runManagementQuery(world.state, request);
  const path = [utf8('canister'), principalToBytes(request.canisterId), utf8('certified_data')];
  return queryCanister(world, request, () => certify(world.state, [path]));
}
