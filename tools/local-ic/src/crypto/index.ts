export { blsPublicKey, blsSecretKey, blsSign, blsVerify } from './bls.ts';
export { type NodeKey, nodeKey, selfAuthenticating } from './node-key.ts';
export { type PublicKey, readPublicKey } from './public-key.ts';
export { ed25519Verify, type SigningKey, verifySignature } from './verify.ts';
