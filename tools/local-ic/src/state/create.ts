import { CANISTER_IDS_PER_SUBNET } from '../limits.ts';
import type { LocalIcOptions } from '../types.ts';
import type { IcState, SubnetConfig } from './types.ts';

/** 2021-05-06 19:17:10 UTC: when a PocketIC instance begins. */
export const DEFAULT_TIME = 1_620_328_630_000_000_000n;
/** Number of the first canister id of PocketIC's first application subnet (`lxzze-o7777-77777-aaaaa-cai`). */
export const DEFAULT_FIRST_CANISTER_NUMBER = 0xffff_ffff_ffe0_0000n;

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
  return {
    seed,
    firstCanisterNumber,
    canisterRanges: [[firstCanisterNumber, firstCanisterNumber + CANISTER_IDS_PER_SUBNET - 1n]],
    costSchedule: options.costSchedule ?? 'normal',
    rateLimits: options.rateLimits ?? true,
  };
}
