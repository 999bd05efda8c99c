import { ERROR_NAMES, REJECT, type Reject, type RejectCode } from '../errors.ts';
import type { PrincipalText } from '../principal.ts';
import type { CallRequest, CallResult, LocalIc } from '../types.ts';
import { BadRequest } from './answer.ts';
import { encodeBase64 } from './encoding.ts';
import { bytesField, type Fields, isObject, optionalField, textField } from './fields.ts';
import { decodePrincipal, encodePrincipal, principalField } from './principals.ts';

/** Calls and their results as PocketIC writes them. */

const REJECT_NAMES = Object.fromEntries(Object.entries(REJECT).map(([name, code]) => [code, name])) as Record<
  RejectCode,
  string
>;

/** What the IC reports where a canister, and not the IC, made the reject. */
const ERROR_NAME_WITHOUT_CODE: Record<RejectCode, string> = {
  [REJECT.SysFatal]: 'CanisterMethodNotFound',
  [REJECT.SysTransient]: 'CanisterQueueFull',
  [REJECT.DestinationInvalid]: 'CanisterNotFound',
  [REJECT.CanisterReject]: 'CanisterRejectedMessage',
  [REJECT.CanisterError]: 'CanisterTrapped',
  [REJECT.SysUnknown]: 'DeadlineExpired',
};

export function readCall(ic: LocalIc, fields: Fields): CallRequest {
  if (optionalField(fields, 'sender_info') !== null) {
    throw new BadRequest('sender_info is not served by this server: leave it out.');
  }
  const effectiveCanisterId = readEffectiveCanister(ic, optionalField(fields, 'effective_principal') ?? 'None');
  return {
    sender: principalField(fields, 'sender'),
    canisterId: principalField(fields, 'canister_id'),
    method: textField(fields, 'method'),
    payload: bytesField(fields, 'payload'),
    ...(effectiveCanisterId === null ? {} : { effectiveCanisterId }),
  };
}

/** Null if the engine is to find the target itself: for `"None"`, and for the one subnet there is. */
function readEffectiveCanister(ic: LocalIc, value: unknown): PrincipalText | null {
  if (value === 'None') return null;
  if (isObject(value) && typeof value.CanisterId === 'string') {
    return decodePrincipal(value.CanisterId, 'effective_principal.CanisterId');
  }
  if (isObject(value) && typeof value.SubnetId === 'string') {
    requireSubnet(ic, decodePrincipal(value.SubnetId, 'effective_principal.SubnetId'));
    return null;
  }
  throw new BadRequest('effective_principal: expected "None", {"SubnetId": base64} or {"CanisterId": base64}.');
}

/** Throws `BadRequest` for a subnet that this instance does not have. */
export function requireSubnet(ic: LocalIc, subnetId: PrincipalText): void {
  if (subnetId !== ic.subnetId()) {
    throw new BadRequest(`SubnetNotFound: this instance has no subnet ${subnetId}; it has ${ic.subnetId()}.`);
  }
}

export function messageIdJson(ic: LocalIc, messageId: Uint8Array): unknown {
  return {
    effective_principal: { SubnetId: encodePrincipal(ic.subnetId()) },
    message_id: encodeBase64(messageId),
  };
}

export function resultJson(result: CallResult): unknown {
  return result.kind === 'reply' ? { Ok: encodeBase64(result.data) } : rejectJson(result.reject, result.certified);
}

export function rejectJson(reject: Reject, certified: boolean): unknown {
  const name = reject.errorCode === null ? ERROR_NAME_WITHOUT_CODE[reject.rejectCode] : ERROR_NAMES[reject.errorCode];
  return {
    Err: {
      reject_code: REJECT_NAMES[reject.rejectCode],
      reject_message: reject.message,
      error_code: name,
      certified,
    },
  };
}
