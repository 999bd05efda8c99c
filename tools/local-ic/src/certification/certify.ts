import { nodeOf, signAsSubnet } from '../state/subnet-keys.ts';
import type { IcState } from '../state/types.ts';
import { certificate } from './certificate.ts';
import type { Path } from './hash-tree.ts';
import { stateTree } from './state-tree.ts';

/** A certificate over this state that reveals these paths: CBOR, signed by the subnet, which is the root. */
export function certify(state: IcState, paths: readonly Path[]): Uint8Array {
  const { config } = state;
  const tree = stateTree(state, { nodes: [nodeOf(config)] });
  return certificate({ tree, paths, sign: (message) => signAsSubnet(config, message) });
}
