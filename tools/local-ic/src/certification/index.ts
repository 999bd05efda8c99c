export { type CanisterSignature, canisterSignatureVerify } from './canister-signature.ts';
export { type CertificateRequest, certificate } from './certificate.ts';
export { certify } from './certify.ts';
export { encodeHashTree, encodeNatural, selfDescribed } from './encoding.ts';
export { domainSeparator, type HashTree, type Path, rootHash } from './hash-tree.ts';
export { lookup } from './lookup.ts';
export { type StateTreeOptions, type SubnetNode, stateTree } from './state-tree.ts';
export { witness } from './witness.ts';
