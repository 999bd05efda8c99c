import type { LocalIc } from '../types.ts';
import { BadRequest } from './answer.ts';
import { messageIdJson, readCall, rejectJson, requireSubnet, resultJson } from './calls.ts';
import { encodeBase64, encodePrincipal, subnetIdJson } from './encoding.ts';
import {
  asObject,
  bytesField,
  type Fields,
  integerField,
  MAX_U64,
  MAX_U128,
  objectField,
  optionalField,
  principalField,
} from './fields.ts';
import { topologyJson } from './topology.ts';

/**
 * Everything one instance answers, as a table: what stands after `/instances/{id}/` in the path → what it does. An
 * operation is synchronous and sees nothing but the instance, so that a thread runs them one after the other.
 */
export interface Operation {
  readonly method: 'GET' | 'POST';
  /** Answers `null`: such an operation may not be answered later, because its client takes `null` for "not yet". */
  readonly isVoid?: true;
  /** Its request or answer has integers above 2^53, and no blobs. */
  readonly exactIntegers?: true;
  readonly run: (ic: LocalIc, fields: Fields, blob: Uint8Array | null) => unknown;
}

/** A stable memory above this many bytes does not fit into one JSON text. */
const MAX_BLOB_IN_JSON = 350 * 1024 * 1024;

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  '_/topology': { method: 'GET', run: topologyJson },
  'read/topology': { method: 'GET', run: topologyJson },
  'read/get_time': { method: 'GET', exactIntegers: true, run: (ic) => ({ nanos_since_epoch: ic.time() }) },
  'read/query': { method: 'POST', run: (ic, fields) => resultJson(ic.query(readCall(ic, fields))) },
  'read/get_controllers': { method: 'POST', run: getControllers },
  'read/get_cycles': {
    method: 'POST',
    exactIntegers: true,
    run: (ic, fields) => ({ cycles: ic.cycles(principalField(fields, 'canister_id')) }),
  },
  'read/get_stable_memory': { method: 'POST', run: getStableMemory },
  'read/get_subnet': { method: 'POST', run: getSubnet },
  'read/pub_key': { method: 'POST', run: getPublicKey },
  // No canister can have one in flight: the engine refuses outcalls.
  'read/get_canister_http': { method: 'GET', run: () => [] },
  'read/ingress_status': { method: 'POST', run: getIngressStatus },
  'update/submit_ingress_message': { method: 'POST', run: submitIngressMessage },
  'update/await_ingress_message': {
    method: 'POST',
    run: (ic, fields) => resultJson(ic.awaitIngress(bytesField(fields, 'message_id'))),
  },
  'update/tick': { method: 'POST', isVoid: true, run: tick },
  'update/set_time': {
    method: 'POST',
    isVoid: true,
    exactIntegers: true,
    run: (ic, fields) => ic.setTime(integerField(fields, 'nanos_since_epoch', MAX_U64)),
  },
  'update/set_certified_time': {
    method: 'POST',
    isVoid: true,
    exactIntegers: true,
    run: (ic, fields) => ic.setCertifiedTime(integerField(fields, 'nanos_since_epoch', MAX_U64)),
  },
  'update/add_cycles': { method: 'POST', exactIntegers: true, run: addCycles },
  'update/set_stable_memory': { method: 'POST', isVoid: true, run: setStableMemory },
};

/** What live mode asks of an instance; no path leads here. Nanoseconds in `nanos`. */
export const LIVE_OPERATIONS: Readonly<Record<string, Operation>> = {
  'live/start': { method: 'POST', isVoid: true, exactIntegers: true, run: startLive },
  'live/round': { method: 'POST', isVoid: true, exactIntegers: true, run: runLiveRound },
};

function getControllers(ic: LocalIc, fields: Fields): unknown {
  const id = principalField(fields, 'canister_id');
  const canister = ic.canister(id);
  if (canister === undefined) throw new BadRequest(`CanisterNotFound: there is no canister ${id}.`);
  return canister.controllers.map((controller) => ({ principal_id: encodePrincipal(controller) }));
}

function getStableMemory(ic: LocalIc, fields: Fields): unknown {
  const id = principalField(fields, 'canister_id');
  const size = ic.canister(id)?.stableMemorySize ?? 0;
  if (size > MAX_BLOB_IN_JSON) {
    throw new BadRequest(
      `The stable memory of ${id} has ${size} bytes; at most ${MAX_BLOB_IN_JSON} can be read at once.`,
    );
  }
  return { blob: encodeBase64(ic.stableMemory(id)) };
}

function getSubnet(ic: LocalIc, fields: Fields): unknown {
  const id = principalField(fields, 'canister_id');
  return ic.canister(id) === undefined ? null : subnetIdJson(ic.subnetId());
}

function getPublicKey(ic: LocalIc, fields: Fields): unknown {
  requireSubnet(ic, principalField(fields, 'subnet_id'));
  const key = ic.rootKey();
  if (key.length === 0) throw new BadRequest('This server has no subnet keys yet: certificates are not served.');
  return [...key];
}

function getIngressStatus(ic: LocalIc, fields: Fields): unknown {
  if (optionalField(fields, 'raw_caller') !== null) {
    throw new BadRequest('raw_caller is not served by this server: leave it out, then any status may be read.');
  }
  const status = ic.ingressStatus(bytesField(objectField(fields, 'raw_message_id'), 'message_id'));
  if (status?.kind === 'replied') return resultJson({ kind: 'reply', data: status.data });
  if (status?.kind === 'rejected') return rejectJson(status.reject, true);
  return null;
}

function submitIngressMessage(ic: LocalIc, fields: Fields): unknown {
  const result = ic.submit(readCall(ic, fields));
  return result.kind === 'accepted' ? { Ok: messageIdJson(ic, result.messageId) } : rejectJson(result.reject, false);
}

function tick(ic: LocalIc, fields: Fields): void {
  const blockmakers = optionalField(fields, 'blockmakers');
  if (blockmakers !== null && !(Array.isArray(blockmakers) && blockmakers.length === 0)) {
    throw new BadRequest('blockmakers are not served by this server: leave them out.');
  }
  ic.tick();
}

function addCycles(ic: LocalIc, fields: Fields): unknown {
  const id = principalField(fields, 'canister_id');
  return { cycles: ic.addCycles(id, integerField(fields, 'amount', MAX_U128)) };
}

function setStableMemory(ic: LocalIc, fields: Fields, blob: Uint8Array | null): void {
  const id = principalField(fields, 'canister_id');
  if (blob === null) throw new BadRequest('blob_id: this server holds no such blob; upload it to /blobstore first.');
  ic.setStableMemory(id, blob);
}

function startLive(ic: LocalIc, fields: Fields): void {
  const now = integerField(fields, 'nanos', MAX_U64);
  // An instance whose clock was set ahead of the real one goes on from there.
  if (now > ic.time()) ic.setCertifiedTime(now);
}

function runLiveRound(ic: LocalIc, fields: Fields): void {
  ic.setTime(ic.time() + integerField(fields, 'nanos', MAX_U64));
  ic.tick();
}

/** The fields of a request body; `asObject` with the name users know it by. */
export function requestFields(body: unknown): Fields {
  return asObject(body, 'The request body');
}
