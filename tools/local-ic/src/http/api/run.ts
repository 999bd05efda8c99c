import { LocalIcError } from '../../errors.ts';
import { principal } from '../../principal.ts';
import type { ApiAddress, ApiResult, LocalIc } from '../../types.ts';
import type { Answer } from '../answer.ts';
import { callRefused, callReplied, cborAnswer, queryAnswer, refusalAnswer } from './answers.ts';
import type { ApiOperation, ApiPath } from './paths.ts';

/** What the thread that holds an instance does for the public API. */
export interface ApiCall {
  /** `api/certificate`: the body is the id of a call, and the answer 202 as long as it has no final status. */
  readonly operation: ApiOperation | 'api/certificate';
  readonly body: Uint8Array;
  /** Null for `api/certificate`. */
  readonly path: ApiPath | null;
}

const ACCEPTED: Answer = { status: 202, type: 'none', body: '' };

export function runApi(ic: LocalIc, { operation, body, path }: ApiCall): Answer {
  if (operation === 'api/status') return status(ic);
  if (operation === 'api/certificate') {
    const certificate = ic.api.callCertificate(body);
    return certificate === null ? ACCEPTED : callReplied(certificate);
  }
  const place = readAddress(path?.address ?? null);
  if (!place.ok) return refusalAnswer(place.refusal);
  if (operation === 'api/query') return answerTo(ic.api.query(place.value, body), queryAnswer);
  if (operation === 'api/read_state') {
    return answerTo(ic.api.readState(place.value, body), (certificate) => cborAnswer({ certificate }));
  }
  return answerTo(ic.api.call(place.value, body), (submitted) =>
    submitted.kind === 'refused'
      ? callRefused(submitted.reject, path?.sync === true)
      : { ...ACCEPTED, accepted: submitted.messageId },
  );
}

function status(ic: LocalIc): Answer {
  return cborAnswer({
    root_key: ic.rootKey(),
    replica_health_status: 'healthy',
    impl_version: 'local-ic',
    certified_height: ic.round(),
  });
}

function readAddress(address: ApiPath['address']): ApiResult<ApiAddress> {
  const text = address?.id ?? '';
  try {
    return { ok: true, value: { kind: address?.kind ?? 'canister', id: principal(text) } };
  } catch (error) {
    if (!(error instanceof LocalIcError)) throw error;
    return { ok: false, refusal: { status: 400, message: `The id in the address is none: ${error.message}` } };
  }
}

function answerTo<T>(result: ApiResult<T>, answer: (value: T) => Answer): Answer {
  return result.ok ? answer(result.value) : refusalAnswer(result.refusal);
}
