/** Short messages that cost who decodes them a lot. */
import { MANAGER } from '@canister-backup/story';
import type { IDL } from '@dfinity/candid';
import type { CallRequest, PrincipalText } from 'local-ic';
import type { World } from './world.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const DIDL = '4449444c';
const again = (part: string, times: number) => part.repeat(times);

/** Each says by its types what it is. Numbers of elements are in LEB128. */
const SHAPES: readonly Uint8Array[] = [
  // A surplus argument: 100 million nulls.
  bytes(`${DIDL} 01 6d7f 01 00 80c2d72f`),
  // 100 million of what is reserved.
  bytes(`${DIDL} 01 6d70 01 00 80c2d72f`),
  // A record with a field that nobody knows: 100 million empty records.
  bytes(`${DIDL} 03 6c01 0001 6d02 6c00 01 00 80c2d72f`),
  // An option 2,000 levels deep.
  bytes(`${DIDL} 01 6e00 01 00 ${again('01', 2000)} 00`),
  // 1,300 empty principals.
  bytes(`${DIDL} 01 6d68 01 00 940a ${again('0100', 1300)}`),
  // A natural of 2,900 bytes.
  bytes(`${DIDL} 00 01 7d ${again('80', 2890)} 01`),
  // A table of 900 types.
  bytes(`${DIDL} 8407 ${again('6e7f', 900)} 01 00 00`),
];

/** Updates of the manager, in the order of its interface. */
const UPDATES: readonly string[] = namesOf(MANAGER);

function namesOf(service: unknown): string[] {
  const { _fields } = service as { readonly _fields: readonly (readonly [string, IDL.FuncClass])[] };
  return _fields.filter(([, { annotations }]) => annotations.length === 0).map(([name]) => name);
}

/** Another shape and method with each number and in each round. */
export function bomb(world: World, index: number, sender: PrincipalText): CallRequest {
  const turn = world.ic.round() + index;
  return {
    sender,
    canisterId: world.names.manager,
    method: UPDATES[turn % UPDATES.length] as string,
    payload: SHAPES[turn % SHAPES.length] as Uint8Array,
  };
}
