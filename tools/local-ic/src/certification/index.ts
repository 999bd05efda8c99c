export { type CertificateRequest, certificate } from './certificate.ts';
export { encodeHashTree } from './encoding.ts';
export { type HashTree, type Path, rootHash } from './hash-tree.ts';
export { type StateTreeOptions, type SubnetNode, stateTree } from './state-tree.ts';
export { witness } from './witness.ts';
