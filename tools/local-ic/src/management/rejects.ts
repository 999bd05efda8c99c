/**
 * Every refusal of the management canister in one place: code and text as in the snapshots reference, section 7, and
 * the system-api reference, section 7. Clients match on code and beginning; where the IC adds a help sentence behind a
 * newline, these say in their own words what to do.
 */
import { type Reject, reject } from '../errors.ts';
import type { PrincipalText } from '../principal.ts';
import type { CanisterState } from '../state/types.ts';

export function canisterNotFound(id: PrincipalText): Reject {
  return reject('IC0301', `Canister ${id} not found.\nCheck that the canister exists on this network.`);
}

export function notController(canister: CanisterState, sender: PrincipalText): Reject {
  const controllers = canister.controllers.join(' ');
  return reject(
    'IC0512',
    `Only the controllers of the canister ${canister.id} can control it.\nCanister's controllers: ${controllers}\n` +
      `Sender's ID: ${sender}\nCall from a controller, or add the sender to the controllers.`,
  );
}

export function onlyCanisters(method: string): Reject {
  return reject('IC0406', `Only canisters can call ic00 method ${method}`);
}

export function notServed(method: string): Reject {
  return reject(
    'IC0406',
    `The management method '${method}' exists on the Internet Computer but is not served by local-ic.`,
  );
}

export function invalidPayload(message: string): Reject {
  return reject('IC0408', message);
}

export function undecodable(reason: string): Reject {
  return reject('IC0408', `Error decoding candid: ${reason}`);
}

export function invalidSettings(message: string): Reject {
  return reject('IC0504', `Could not validate the settings: ${message}`);
}

export function chunkStoreError(message: string): Reject {
  return reject('IC0504', `Error from Wasm chunk store: ${message}.\nAsk \`stored_chunks\` which chunks are there.`);
}

export function snapshotNotFound(canister: PrincipalText, snapshot: string): Reject {
  return reject(
    'IC0305',
    `Could not find the snapshot ID ${snapshot} for canister ${canister}.\nAsk \`list_canister_snapshots\` which exist.`,
  );
}

export function snapshotOfAnother(canister: PrincipalText, snapshot: string): Reject {
  return reject(
    'IC0406',
    `The snapshot ${snapshot} does not belong to canister ${canister}.\nAsk \`list_canister_snapshots\` which do.`,
  );
}

export function heapDeltaLimited(canister: CanisterState, limit: bigint): Reject {
  return reject(
    'IC0210',
    `Canister ${canister.id} is heap delta rate limited: current delta debit is ${canister.heapDeltaDebit}, ` +
      `but limit is ${limit}.\nTry again after a few rounds.`,
  );
}

export function snapshottingFailed(cause: Reject): Reject {
  return reject('IC0207', `Canister snapshotting failed with: \`${cause.message}\`\nTop up the canister with cycles.`);
}

/** Bytes as people read them: two decimals of the largest unit that gives at least 1. */
export function displayBytes(bytes: bigint): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = Number(bytes);
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(2)} ${units[unit]}`;
}
