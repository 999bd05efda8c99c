import { encode, Tag } from 'cbor2';
import type { Reject } from '../../errors.ts';
import { principalToBytes } from '../../principal.ts';
import type { ApiRefusal, SignedQueryResult } from '../../types.ts';
import type { Answer } from '../answer.ts';

/** Answers of the public API in CBOR, as the interface specification writes them ("HTTPS Interface"). */

const SELF_DESCRIBED = 55_799;

export function cborAnswer(value: unknown): Answer {
  return {
    status: 200,
    type: 'bytes',
    body: encode(new Tag(SELF_DESCRIBED, value)),
    headers: { 'content-type': 'application/cbor' },
  };
}

export function refusalAnswer({ status, message }: ApiRefusal): Answer {
  return { status, type: 'text', body: message };
}

export function callReplied(certificate: Uint8Array): Answer {
  return cborAnswer({ status: 'replied', certificate });
}

/** A call that was refused before any round saw it. The asynchronous form has no `status`. */
export function callRefused(reject: Reject, sync: boolean): Answer {
  return cborAnswer({ ...(sync ? { status: 'non_replicated_rejection' } : {}), ...rejectFields(reject) });
}

export function queryAnswer({ result, signature }: SignedQueryResult): Answer {
  const signatures = [
    {
      timestamp: signature.timestamp,
      signature: signature.signature,
      identity: principalToBytes(signature.node),
    },
  ];
  if (result.kind === 'reply') return cborAnswer({ status: 'replied', reply: { arg: result.data }, signatures });
  return cborAnswer({ status: 'rejected', ...rejectFields(result.reject), signatures });
}

function rejectFields({ rejectCode, message, errorCode }: Reject): Record<string, unknown> {
  return {
    reject_code: rejectCode,
    reject_message: message,
    ...(errorCode === null ? {} : { error_code: errorCode }),
  };
}
