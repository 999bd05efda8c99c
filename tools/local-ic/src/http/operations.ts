import type { LocalIc } from '../types.ts';
import { BadRequest } from './answer.ts';
import { messageIdJson, readCall, rejectJson, requireSubnet, resultJson } from './calls.ts';
import { encodeBase64 } from './encoding.ts';
import { bytesField, type Fields, integerField, MAX_U64, MAX_U128, objectField, optionalField } from './fields.ts';
import type { OperationName } from './operation-table.ts';
import { encodePrincipal, principalField, subnetIdJson } from './principals.ts';
import { topologyJson } from './topology.ts';

/**
 * What each operation of the table does. An operation is synchronous and sees nothing but its instance; the thread that
 * holds the instance runs them one after the other.
 */
type Run = (ic: LocalIc, fields: Fields, blob: Uint8Array | null) => unknown;

export const RUN: Readonly<Record<OperationName, Run>> = {
  '_/topology': topologyJson,
  'read/topology': topologyJson,
  'read/get_time': (ic) => ({ nanos_since_epoch: ic.time() }),
  'read/query': (ic, fields) => resultJson(ic.query(readCall(ic, fields))),
  'read/get_controllers': getControllers,
  'read/get_cycles': (ic, fields) => ({ cycles: ic.cycles(principalField(fields, 'canister_id')) }),
  'read/get_stable_memory': getStableMemory,
  'read/get_subnet': getSubnet,
  'read/pub_key': getPublicKey,
  // No canister can have one in flight: the engine refuses outcalls.
  'read/get_canister_http': () => [],
  'read/ingress_status': getIngressStatus,
  'update/submit_ingress_message': submitIngressMessage,
  'update/await_ingress_message': (ic, fields) => resultJson(ic.awaitIngress(bytesField(fields, 'message_id'))),
  'update/tick': tick,
  'update/set_time': (ic, fields) => ic.setTime(integerField(fields, 'nanos_since_epoch', MAX_U64)),
  'update/set_certified_time': (ic, fields) => ic.setCertifiedTime(integerField(fields, 'nanos_since_epoch', MAX_U64)),
  'update/add_cycles': addCycles,
  'update/set_stable_memory': setStableMemory,
  'live/start': startLive,
  'live/round': runLiveRound,
};

/** A stable memory above this many bytes does not fit into one JSON text. */
const MAX_BLOB_IN_JSON = 350 * 1024 * 1024;

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
  return [...ic.rootKey()];
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

/** Milliseconds until the next round has something to do, 0 if it has now; null if only a call can bring work. */
function runLiveRound(ic: LocalIc, fields: Fields): unknown {
  ic.setTime(ic.time() + integerField(fields, 'nanos', MAX_U64));
  ic.tick();
  const next = ic.nextWork();
  if (next === null) return { next_ms: null };
  return { next_ms: next <= ic.time() ? 0 : Number((next - ic.time()) / 1_000_000n) + 1 };
}
