export { ERROR_NAMES, type ErrorCode, LocalIcError, REJECT, type Reject, type RejectCode } from './errors.ts';
export { createLocalIc, loadLocalIc } from './local-ic.ts';
export {
  ANONYMOUS,
  canisterIdFromNumber,
  canisterNumber,
  MANAGEMENT_CANISTER,
  type PrincipalText,
  principal,
  principalFromBytes,
  principalToBytes,
} from './principal.ts';
export type { IngressStatus } from './state/types.ts';
export type * from './types.ts';
