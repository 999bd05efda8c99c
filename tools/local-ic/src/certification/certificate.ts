import { concatBytes, utf8 } from '../bytes.ts';
import { type PrincipalText, principalToBytes } from '../principal.ts';
import { selfDescribed, treeValue } from './encoding.ts';
import { domainSeparator, type HashTree, type Path, rootHash } from './hash-tree.ts';
import { witness } from './witness.ts';

const STATE_ROOT = domainSeparator('ic-state-root');
/** Stands in every certificate, so that whoever checks one sees how old it is. */
const TIME: Path = [utf8('time')];

export interface CertificateRequest {
  readonly tree: HashTree;
  /** What to reveal, beside the time. */
  readonly paths: readonly Path[];
  /** Signs these bytes: the separator of state roots, then the root hash. For a BLS12-381 key it gives 48 bytes. */
  readonly sign: (message: Uint8Array) => Uint8Array;
  /** The root subnet's certificate over this subnet's key; none on a root subnet. */
  readonly delegation?: { readonly subnetId: PrincipalText; readonly certificate: Uint8Array };
}

/** CBOR of a certificate (interface specification, "Certificate"): the tree cut down to these paths, and a signature. */
export function certificate({ tree, paths, sign, delegation }: CertificateRequest): Uint8Array {
  const signature = sign(concatBytes(STATE_ROOT, rootHash(tree)));
  const value = { tree: treeValue(witness(tree, [TIME, ...paths])), signature };
  if (delegation === undefined) return selfDescribed(value);
  const { subnetId, certificate: root } = delegation;
  return selfDescribed({ ...value, delegation: { subnet_id: principalToBytes(subnetId), certificate: root } });
}
