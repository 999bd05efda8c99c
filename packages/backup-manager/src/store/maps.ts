/** The stable maps. Only the files of this folder use them. */

import { ascii, type ChainLink, type Grant, type HealthRecord, type Run } from '@canister-backup/shared';
import { type Serializable, StableBTreeMap } from 'azle';
import { decodeAscii, decodeNat64, encodeNat64 } from './codec.ts';
import { MEMORY } from './memory-ids.ts';
import {
  type CanisterRecord,
  type ClosedRun,
  decodeCanister,
  decodeClosedRun,
  decodeGrants,
  decodeHealth,
  decodeLink,
  decodeRun,
  decodeTarget,
  encodeCanister,
  encodeClosedRun,
  encodeGrants,
  encodeHealth,
  encodeLink,
  encodeRun,
  encodeTarget,
  type TargetRecord,
} from './records.ts';
import { type Codec, RememberedMap } from './remembered.ts';

const ASCII: Codec<string> = { encode: ascii, decode: decodeAscii };
const NAT64: Codec<bigint> = { encode: encodeNat64, decode: decodeNat64 };

/** azle decodes the former value on each insertion; bytes cost nothing to decode. */
const BYTES: Serializable = { toBytes: (bytes: Uint8Array) => bytes, fromBytes: (bytes: Uint8Array) => bytes };

/** What is remembered of maps that grow for ever. */
const NEWEST = 8;

function remembered<Key, Value>(
  memoryId: number,
  keys: Codec<Key>,
  values: Codec<Value> & { readonly atMost?: number },
): RememberedMap<Key, Value> {
  const key: Serializable = { toBytes: keys.encode, fromBytes: keys.decode };
  return new RememberedMap(new StableBTreeMap<Key, Uint8Array>(memoryId, key, BYTES), values, values.atMost);
}

export const meta = remembered(MEMORY.meta, ASCII, ASCII);

export const targets = remembered<string, TargetRecord>(MEMORY.targets, ASCII, {
  encode: encodeTarget,
  decode: decodeTarget,
});

export const openRuns = remembered<string, Run>(MEMORY.openRuns, ASCII, { encode: encodeRun, decode: decodeRun });

export const closedRuns = remembered<bigint, ClosedRun>(MEMORY.closedRuns, NAT64, {
  encode: encodeClosedRun,
  decode: decodeClosedRun,
  atMost: NEWEST,
});

export const canisters = remembered<string, CanisterRecord>(MEMORY.canisters, ASCII, {
  encode: encodeCanister,
  decode: decodeCanister,
});

export const grants = remembered<string, readonly Grant[]>(MEMORY.grants, ASCII, {
  encode: encodeGrants,
  decode: decodeGrants,
});

export const history = remembered<bigint, ChainLink>(MEMORY.history, NAT64, {
  encode: encodeLink,
  decode: decodeLink,
  atMost: NEWEST,
});

export const health = remembered<string, HealthRecord>(MEMORY.health, ASCII, {
  encode: encodeHealth,
  decode: decodeHealth,
});

/** After an upgrade, before anything is asked. */
export function recallAll(): void {
  for (const map of [targets, openRuns, canisters, grants, health]) map.recall();
}
