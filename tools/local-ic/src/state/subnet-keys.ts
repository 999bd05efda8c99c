import { bytesToHex, concatBytes, equalBytes, hexToBytes } from '../bytes.ts';
import { blsPublicKey, blsSecretKey, blsSign, type NodeKey, nodeKey, selfAuthenticating } from '../crypto/index.ts';
import type { PrincipalText } from '../principal.ts';
import { randomBytes } from '../random.ts';
import type { SubnetConfig } from './types.ts';

/**
 * The keys of a subnet, which follow from its seed alone. They are made when somebody first asks for them, not with the
 * subnet: most subnets of a test never certify anything.
 */
interface Keys {
  secret?: bigint;
  publicKey?: Uint8Array;
  subnetId?: PrincipalText;
  node?: NodeKey;
  /** The last signature, for the next certificate over the same state. */
  signed?: { readonly message: Uint8Array; readonly signature: Uint8Array };
}

/**
 * Public keys that need not be computed, by their seed: the default seed's, because a point of G2 takes a tenth of a
 * second in a thread that has only just begun.
 */
const KNOWN_KEYS: Readonly<Record<string, string>> = {
  ['00'.repeat(32)]:
    '308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c050302010361008412ab94897b33365af6531664da72ecfbd6edf2e1bc026d5a311fd52fb' +
    '2daf1fe44f1a1f417c5b207cef585309d6f090fd9129b52a6d5ff695eb2aaf239eb5fc6918f8103e5157fa2b860c924b2a76a1b0bfd5439934d64114b514a1112b2d2',
};

const bySeed = new Map<string, Keys>();
/** Seeds whose keys are kept; with more, the oldest are made again. */
const MAX_KEPT = 256;

/** DER of the subnet's BLS12-381 key, 133 bytes; it is the root key as well, because there is one subnet. */
export function rootKeyOf(config: SubnetConfig): Uint8Array {
  const keys = keysOf(config);
  keys.publicKey ??= knownKey(config.seed) ?? blsPublicKey(secretOf(config, keys));
  return keys.publicKey;
}

export function subnetIdOf(config: SubnetConfig): PrincipalText {
  const keys = keysOf(config);
  keys.subnetId ??= selfAuthenticating(rootKeyOf(config));
  return keys.subnetId;
}

/** A signature of 48 bytes that `rootKeyOf` verifies. */
export function signAsSubnet(config: SubnetConfig, message: Uint8Array): Uint8Array {
  const keys = keysOf(config);
  if (keys.signed === undefined || !equalBytes(keys.signed.message, message)) {
    keys.signed = { message, signature: blsSign(secretOf(config, keys), message) };
  }
  return keys.signed.signature;
}

/** The one node of the subnet that answers queries. */
export function nodeOf(config: SubnetConfig): NodeKey {
  const keys = keysOf(config);
  keys.node ??= nodeKey(randomBytes(config.seed, 'node_key', '0'));
  return keys.node;
}

function secretOf({ seed }: SubnetConfig, keys: Keys): bigint {
  keys.secret ??= blsSecretKey(concatBytes(...['0', '1'].map((part) => randomBytes(seed, 'subnet_key', part))));
  return keys.secret;
}

function keysOf({ seed }: SubnetConfig): Keys {
  const name = bytesToHex(seed);
  const found = bySeed.get(name);
  if (found !== undefined) return found;
  for (const oldest of bySeed.keys()) {
    if (bySeed.size < MAX_KEPT) break;
    bySeed.delete(oldest);
  }
  const keys: Keys = {};
  bySeed.set(name, keys);
  return keys;
}

function knownKey(seed: Uint8Array): Uint8Array | null {
  const known = KNOWN_KEYS[bytesToHex(seed)];
  return known === undefined ? null : hexToBytes(known);
}
