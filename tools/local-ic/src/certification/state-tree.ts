import { bytesToHex, compareBytes, utf8 } from '../bytes.ts';
import { canisterIdFromNumber, canisterNumber, type PrincipalText, principalToBytes } from '../principal.ts';
import { rootKeyOf, subnetIdOf } from '../state/subnet-keys.ts';
import type { CanisterState, IcState, IngressRecord, IngressStatus } from '../state/types.ts';
import { canisterParts, canisterTree } from './canister-tree.ts';
import { encodeNatural, selfDescribed } from './encoding.ts';
import { followedLevel, type LevelOf } from './followed-level.ts';
import { type HashTree, leaf } from './hash-tree.ts';
import { labels } from './labels.ts';

const CANISTERS: LevelOf<CanisterState> = {
  label: ({ id }) => principalToBytes(id),
  parts: canisterParts,
  subtree: canisterTree,
};

const REQUESTS: LevelOf<IngressRecord> = {
  label: ({ messageId }) => messageId,
  parts: ({ status }) => [status],
  subtree: ({ status }) => statusTree(status),
};

/** A node of the subnet, whose key signs query replies. */
export interface SubnetNode {
  readonly id: PrincipalText;
  /** DER of an Ed25519 key, 44 bytes. */
  readonly publicKey: Uint8Array;
}

export interface StateTreeOptions {
  /** Default: none, and then there is no `node` in the tree. */
  readonly nodes?: readonly SubnetNode[];
}

/**
 * The system state tree (interface specification, "The system state tree") of this state. It reads the state and nothing
 * else, and changes nothing: equal states have equal trees. Labels without anything under them are left out, so that
 * they are provably absent. Calls that no round has taken in yet are no part of it: so it stays the same between two
 * rounds, and one signature serves everybody who asks.
 *
 * Not in it: `/subnet/<id>/metrics` and `/api_boundary_nodes`.
 */
export function stateTree(state: IcState, { nodes = [] }: StateTreeOptions = {}): HashTree {
  const { config } = state;
  const subnet = principalToBytes(subnetIdOf(config));
  const ranges = rangesOf(state);
  const rangesLeaf = leaf(selfDescribed(ranges));
  const pool = new Set(state.ingressPool.map(({ messageId }) => bytesToHex(messageId)));
  const shards = ranges.slice(0, 1).map(([first]) => [first as Uint8Array, rangesLeaf] as const);
  return present([
    ['time', leaf(encodeNatural(state.blockTime))],
    ['canister', followedLevel(state.canisters, CANISTERS)],
    ['canister_ranges', labels([[subnet, labels(shards)]])],
    ['request_status', followedLevel(state.ingressHistory, REQUESTS, pool)],
    ['subnet', labels([[subnet, subnetTree(config, { nodes, rangesLeaf })]])],
  ]);
}

/**
 * From the first to the last id, in the order of ids: the ranges of the subnet, and each canister that was created with
 * an id outside of them. Agents believe nothing of a canister that is in no range.
 */
function rangesOf({ config, canisters }: IcState): Uint8Array[][] {
  const inRange = (id: PrincipalText): boolean => {
    const number = canisterNumber(id);
    return number !== null && config.canisterRanges.some(([first, last]) => first <= number && number <= last);
  };
  const own = config.canisterRanges.map((range) => range.map((end) => principalToBytes(canisterIdFromNumber(end))));
  const others = [...canisters.keys()].filter((id) => !inRange(id)).map(principalToBytes);
  const ranges = [...own, ...others.map((id) => [id, id])];
  return ranges.sort(([a], [b]) => compareBytes(a as Uint8Array, b as Uint8Array));
}

function subnetTree(
  config: IcState['config'],
  { nodes, rangesLeaf }: { readonly nodes: readonly SubnetNode[]; readonly rangesLeaf: HashTree },
): HashTree {
  const nodeTrees = nodes.map(
    ({ id, publicKey }) => [principalToBytes(id), present([['public_key', leaf(publicKey)]])] as const,
  );
  return present([
    ['canister_ranges', rangesLeaf],
    ['node', labels(nodeTrees)],
    ['public_key', leaf(rootKeyOf(config))],
    ['type', leaf(utf8('application'))],
  ]);
}

/** `/request_status/<id>`. */
function statusTree(status: IngressStatus): HashTree {
  const kind = ['status', leaf(utf8(status.kind))] as const;
  if (status.kind === 'replied') return present([kind, ['reply', leaf(status.data)]]);
  if (status.kind !== 'rejected') return present([kind]);
  const { rejectCode, message, errorCode } = status.reject;
  return present([
    kind,
    ['reject_code', leaf(encodeNatural(BigInt(rejectCode)))],
    ['reject_message', leaf(utf8(message))],
    ...(errorCode === null ? [] : [['error_code', leaf(utf8(errorCode))] as const]),
  ]);
}

/** A level of these labels, without those that have nothing under them. */
function present(entries: readonly (readonly [name: string, tree: HashTree])[]): HashTree {
  const full = entries.filter(([, tree]) => tree.kind !== 'empty');
  return labels(full.map(([name, tree]) => [utf8(name), tree]));
}
