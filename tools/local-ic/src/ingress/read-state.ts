import { bytesToHex, utf8Strict } from '../bytes.ts';
import { certify, type Path } from '../certification/index.ts';
import { moduleMetadata } from '../metadata.ts';
import { MANAGEMENT_CANISTER, MAX_PRINCIPAL_BYTES, type PrincipalText, principalFromBytes } from '../principal.ts';
import { subnetIdOf } from '../state/subnet-keys.ts';
import type { IcState } from '../state/types.ts';
import type { ApiAddress } from '../types.ts';
import { isHosted, unknownCanister, unknownSubnet } from './address.ts';
import type { Authenticated } from './authenticate.ts';
import { type Checked, passed, refused } from './refusal.ts';

/** Clients tell a path that is not there from one that is not allowed by these words and the status 404. */
const INVALID_PATH = 'Invalid path requested.';
const REQUEST_ID_BYTES = 32;

export interface ReadStateRequest {
  readonly address: ApiAddress;
  readonly user: Authenticated;
  readonly paths: readonly Path[];
}

/** Certifies what is under these paths, if this user may know it (interface specification, "Request: Read state"). */
export function readState(state: IcState, request: ReadStateRequest): Checked<Uint8Array> {
  const { address, paths } = request;
  if (address.kind === 'subnet' && address.id !== subnetIdOf(state.config)) return unknownSubnet(state, address.id);
  // Creation is asked for, and then looked up, where no canister is yet.
  const creation = paths.some(([first]) => first !== undefined && utf8Strict(first) === 'request_status');
  if (address.kind === 'canister' && !isHosted(state, address.id) && !creation && address.id !== MANAGEMENT_CANISTER) {
    return unknownCanister(address.id);
  }
  const requestIds = new Set<string>();
  for (const path of paths) {
    const allowed = checkPath(state, request, path);
    if (!allowed.ok) return allowed;
    if (allowed.value !== null) requestIds.add(bytesToHex(allowed.value));
  }
  if (requestIds.size > 1) return refused('One read_state can ask for the status of one request only.');
  return passed(certify(state, paths));
}

/** The request id that a path is about, null for other paths that are allowed. */
function checkPath(state: IcState, request: ReadStateRequest, path: Path): Checked<Uint8Array | null> {
  const [first, second, ...rest] = path;
  const root = first === undefined ? null : utf8Strict(first);
  const atSubnet = request.address.kind === 'subnet';
  if (root === 'time') return path.length === 1 ? passed(null) : invalidPath();
  if (root === 'subnet') return isSubnetPath(path.slice(1), atSubnet) ? passed(null) : invalidPath();
  if (root === 'api_boundary_nodes') return passed(null);
  if (root === 'canister_ranges') {
    return atSubnet && second !== undefined && isPrincipal(second) && rest.length <= 1 ? passed(null) : invalidPath();
  }
  if (second === undefined) return invalidPath();
  if (root === 'request_status') return checkRequest(state, request, { requestId: second, rest });
  if (root !== 'canister' || atSubnet) return invalidPath();
  return checkCanister(state, request, { id: second, rest });
}

function invalidPath(): ReturnType<typeof refused> {
  return refused(INVALID_PATH, 404);
}

/** `subnet`, a subnet, one of its parts, or a node's key. */
function isSubnetPath([id, part, node, key, ...more]: Path, atSubnet: boolean): boolean {
  if (id === undefined) return true;
  if (!isPrincipal(id) || more.length > 0) return false;
  const name = part === undefined ? null : utf8Strict(part);
  if (part === undefined) return true;
  if (name === 'node')
    return node === undefined || (isPrincipal(node) && (key === undefined || isText(key, 'public_key')));
  const parts = ['public_key', 'canister_ranges', 'type', ...(atSubnet ? ['metrics'] : [])];
  return name !== null && parts.includes(name) && node === undefined;
}

const STATUS_PARTS: ReadonlySet<string> = new Set(['status', 'reply', 'reject_code', 'reject_message', 'error_code']);

/** Only its sender may know what became of a request; of one that nobody knows, everyone. */
function checkRequest(
  state: IcState,
  { address, user }: ReadStateRequest,
  { requestId, rest: [part, ...more] }: { readonly requestId: Uint8Array; readonly rest: Path },
): Checked<Uint8Array> {
  if (requestId.length !== REQUEST_ID_BYTES || more.length > 0) return invalidPath();
  if (part !== undefined && !STATUS_PARTS.has(utf8Strict(part) ?? '')) return invalidPath();
  const record = state.ingressHistory.get(bytesToHex(requestId));
  if (record === undefined) return passed(requestId);
  if (record.sender !== user.sender) return refused('Only the sender of a request can read its status.', 403);
  if (user.targets !== null && !user.targets.has(record.receiver)) {
    return refused(`The request was for ${record.receiver}, which is not one of the delegation targets.`, 403);
  }
  if (record.receiver !== MANAGEMENT_CANISTER && address.kind === 'canister' && record.receiver !== address.id) {
    return refused(`The request was for ${record.receiver}; ask for its status there, not at ${address.id}.`, 403);
  }
  return passed(requestId);
}

const CANISTER_PARTS: ReadonlySet<string> = new Set([
  'controllers',
  'module_hash',
  'canister_creation_timestamp',
  'last_install_timestamp',
]);

function checkCanister(
  state: IcState,
  { address, user }: ReadStateRequest,
  { id, rest: [part, name, ...more] }: { readonly id: Uint8Array; readonly rest: Path },
): Checked<null> {
  if (part === undefined || more.length > 0 || !isPrincipal(id)) return invalidPath();
  const canisterId = principalFromBytes(id);
  if (canisterId !== address.id) {
    return refused(`The effective canister id in the address is ${address.id}, but a path asks for ${canisterId}.`);
  }
  const kind = utf8Strict(part) ?? '';
  if (CANISTER_PARTS.has(kind)) return name === undefined ? passed(null) : invalidPath();
  if (kind !== 'metadata' || name === undefined) return invalidPath();
  return checkMetadata(state, { canisterId, name, sender: user.sender });
}

function checkMetadata(
  state: IcState,
  {
    canisterId,
    name,
    sender,
  }: { readonly canisterId: PrincipalText; readonly name: Uint8Array; readonly sender: PrincipalText },
): Checked<null> {
  const text = utf8Strict(name);
  if (text === null) return refused('The name of a metadata section must be UTF-8.');
  const canister = state.canisters.get(canisterId);
  if (canister === undefined || canister.code === null) return passed(null);
  const section = moduleMetadata(canister.code.wasmModule).get(text);
  if (section?.visibility !== 'private' || canister.controllers.includes(sender)) return passed(null);
  return refused(`Only controllers of ${canisterId} can read its private metadata section ${text}.`, 403);
}

function isPrincipal(label: Uint8Array): boolean {
  return label.length <= MAX_PRINCIPAL_BYTES;
}

function isText(label: Uint8Array, text: string): boolean {
  return utf8Strict(label) === text;
}
