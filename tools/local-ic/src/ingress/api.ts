import { bytesToHex, concatBytes, utf8 } from '../bytes.ts';
import { certify, domainSeparator } from '../certification/index.ts';
import type { Machine } from '../execution/machine.ts';
import { nodeOf, rootKeyOf } from '../state/subnet-keys.ts';
import type { IcState } from '../state/types.ts';
import type {
  ApiAddress,
  ApiResult,
  CallRequest,
  CallResult,
  PublicApi,
  SignedQueryResult,
  SubmitResult,
} from '../types.ts';
import { checkAddress } from './address.ts';
import { type Authenticated, authenticate } from './authenticate.ts';
import { admit, enqueueIngress } from './door.ts';
import { type CallContent, type ContentOf, type ContentType, decodeEnvelope, type Envelope } from './envelope.ts';
import { runQuery } from './query.ts';
import { readState } from './read-state.ts';
import { type Checked, passed } from './refusal.ts';
import { type HashableMap, hashOfMap } from './request-id.ts';

/** The subnet that requests come to; its state is replaced when it goes back to a checkpoint. */
interface Served {
  readonly state: IcState;
  readonly machine: Machine;
}

const RESPONSE = domainSeparator('ic-response');

export function publicApi(served: Served): PublicApi {
  return {
    call: (address, body) => call(served, address, body),
    callCertificate: (messageId) => callCertificate(served.state, messageId),
    query: (address, body) => query(served, address, body),
    readState(address, body) {
      const read = open(served.state, body, 'read_state');
      if (!read.ok) return read;
      const { envelope, user } = read.value;
      return readState(served.state, { address, user, paths: envelope.content.paths });
    },
  };
}

interface Opened<T extends ContentType> {
  readonly envelope: Envelope<ContentOf<T>>;
  readonly user: Authenticated;
}

function open<T extends ContentType>(state: IcState, body: Uint8Array, type: T): Checked<Opened<T>> {
  const decoded = decodeEnvelope(body, type);
  if (!decoded.ok) return decoded;
  const user = authenticate(decoded.value, { now: state.time, rootKey: rootKeyOf(state.config) });
  return user.ok ? passed({ envelope: decoded.value, user: user.value }) : user;
}

function call({ state, machine }: Served, address: ApiAddress, body: Uint8Array): ApiResult<SubmitResult> {
  const opened = open(state, body, 'call');
  if (!opened.ok) return opened;
  const { content, requestId } = opened.value.envelope;
  const addressed = checkAddress(state, address, content);
  if (!addressed.ok) return addressed;
  const accepted: SubmitResult = { kind: 'accepted', messageId: requestId };
  // A request that comes again is the same request: it is not looked at, let alone run, twice.
  if (state.ingressHistory.has(bytesToHex(requestId))) return passed(accepted);
  const request = { ...callRequest(content), messageId: requestId, ...effective(address) };
  const admitted = admit({ state, machine, counter: 0n }, request);
  if (!admitted.ok) return passed({ kind: 'refused', reject: admitted.error });
  enqueueIngress(state, admitted.value);
  return passed(accepted);
}

function callCertificate(state: IcState, messageId: Uint8Array): Uint8Array | null {
  const status = state.ingressHistory.get(bytesToHex(messageId))?.status;
  const isFinal = status?.kind === 'replied' || status?.kind === 'rejected';
  return isFinal ? certify(state, [[utf8('request_status'), messageId]]) : null;
}

function query({ state, machine }: Served, address: ApiAddress, body: Uint8Array): ApiResult<SignedQueryResult> {
  const opened = open(state, body, 'query');
  if (!opened.ok) return opened;
  const { content, requestId } = opened.value.envelope;
  const addressed = checkAddress(state, address, content);
  if (!addressed.ok) return addressed;
  const result = runQuery({ state, machine }, callRequest(content));
  const node = nodeOf(state.config);
  const timestamp = state.time;
  const message = concatBytes(RESPONSE, hashOfMap({ ...answerFields(result), timestamp, request_id: requestId }));
  return passed({ result, signature: { timestamp, signature: node.sign(message), node: node.id } });
}

function callRequest(content: CallContent): CallRequest {
  const { sender, canisterId, method, arg, expiry } = content;
  // A query's time is no matter of the engine's, a call's is checked again at its door.
  return { sender, canisterId, method, payload: arg, ...(content.type === 'call' ? { expiry } : {}) };
}

function effective(address: ApiAddress): Pick<CallRequest, 'effectiveCanisterId'> {
  return address.kind === 'canister' ? { effectiveCanisterId: address.id } : {};
}

/** What a node signs of an answer, beside when and to what it answered. */
function answerFields(result: CallResult): HashableMap {
  if (result.kind === 'reply') return { status: 'replied', reply: { arg: result.data } };
  const { rejectCode, message, errorCode } = result.reject;
  return {
    status: 'rejected',
    reject_code: BigInt(rejectCode),
    reject_message: message,
    error_code: errorCode ?? undefined,
  };
}
