/** The stable maps. Only the files of this folder use them. */

import type { ChainLink, Grant, HealthRecord, Run } from '@canister-backup/shared';
import { type Serializable, StableBTreeMap } from 'azle';
import { decodeAscii, decodeNat64, encodeAscii, encodeNat64 } from './codec.ts';
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
import { RememberedMap } from './remembered.ts';

const ASCII: Serializable = { toBytes: encodeAscii, fromBytes: decodeAscii };
const NAT64: Serializable = { toBytes: encodeNat64, fromBytes: decodeNat64 };

export const meta = new StableBTreeMap<string, string>(MEMORY.meta, ASCII, ASCII);

export const targets = new RememberedMap(
  new StableBTreeMap<string, TargetRecord>(MEMORY.targets, ASCII, {
    toBytes: encodeTarget,
    fromBytes: decodeTarget,
  }),
);

export const openRuns = new RememberedMap(
  new StableBTreeMap<string, Run>(MEMORY.openRuns, ASCII, {
    toBytes: encodeRun,
    fromBytes: decodeRun,
  }),
);

export const closedRuns = new StableBTreeMap<bigint, ClosedRun>(MEMORY.closedRuns, NAT64, {
  toBytes: encodeClosedRun,
  fromBytes: decodeClosedRun,
});

export const canisters = new RememberedMap(
  new StableBTreeMap<string, CanisterRecord>(MEMORY.canisters, ASCII, {
    toBytes: encodeCanister,
    fromBytes: decodeCanister,
  }),
);

export const grants = new RememberedMap(
  new StableBTreeMap<string, readonly Grant[]>(MEMORY.grants, ASCII, {
    toBytes: encodeGrants,
    fromBytes: decodeGrants,
  }),
);

export const history = new StableBTreeMap<bigint, ChainLink>(MEMORY.history, NAT64, {
  toBytes: encodeLink,
  fromBytes: decodeLink,
});

export const health = new RememberedMap(
  new StableBTreeMap<string, HealthRecord>(MEMORY.health, ASCII, {
    toBytes: encodeHealth,
    fromBytes: decodeHealth,
  }),
);

/** After an upgrade, before anything is asked. */
export function recallAll(): void {
  for (const map of [targets, openRuns, canisters, grants, health]) map.recall();
}
