import { sha224 } from '../bytes.ts';
import { CANISTER_IDS_PER_SUBNET } from '../limits.ts';
import { principalFromBytes } from '../principal.ts';
import { randomBytes } from '../random.ts';
import type { LocalIcOptions } from '../types.ts';
import type { IcState, SubnetConfig } from './types.ts';

/** 2021-05-06 19:17:10 UTC: when a PocketIC instance begins. */
export const DEFAULT_TIME = 1_620_328_630_000_000_000n;
/** Number of the first canister id of PocketIC's first application subnet (`lxzze-o7777-77777-aaaaa-cai`). */
export const DEFAULT_FIRST_CANISTER_NUMBER = 0xffff_ffff_ffe0_0000n;

/** DER prefix of a BLS12-381 public key (interface specification, "Certification"). */
const BLS_DER_PREFIX = Buffer.from('308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100', 'hex');

export function createState(options: LocalIcOptions): IcState {
  const config = subnetConfig(options);
  const time = options.time ?? DEFAULT_TIME;
  return {
    config,
    time,
    blockTime: time,
    round: 0,
    canistersCreated: 0n,
    canisters: new Map(),
    ingressPool: [],
    ingressHistory: new Map(),
    loopback: [],
    held: [],
    management: { queues: new Map(), order: [], ingress: [], rawRand: [] },
    compiled: new Set(),
  };
}

function subnetConfig(options: LocalIcOptions): SubnetConfig {
  const seed = options.seed ?? new Uint8Array(32);
  const firstCanisterNumber = options.firstCanisterNumber ?? DEFAULT_FIRST_CANISTER_NUMBER;
  const rootKey = placeholderKey(seed);
  return {
    seed,
    subnetId: principalFromBytes(new Uint8Array([...sha224(rootKey), 2])),
    firstCanisterNumber,
    canisterRanges: [[firstCanisterNumber, firstCanisterNumber + CANISTER_IDS_PER_SUBNET - 1n]],
    rootKey,
    costSchedule: options.costSchedule ?? 'normal',
    rateLimits: options.rateLimits ?? true,
  };
}

/**
 * A key in the right form that nobody can sign with: certificates are not served yet, and until then the key only gives
 * the subnet its id.
 */
function placeholderKey(seed: Uint8Array): Uint8Array {
  const point = [0, 1, 2].flatMap((part) => [...randomBytes(seed, 'subnet_key', String(part))]);
  return new Uint8Array([...BLS_DER_PREFIX, ...point]);
}
