/** The canister `tests/canisters/parts.wat`, which has a value in every part of its state. */
import type { Principal } from '@icp-sdk/core/principal';
import { i32, i64, reader, toI32, toI64 } from './bytes.ts';
import type { Ic } from './ic.ts';
import { watFile } from './wat.ts';

/** The value where it was found, and the sizes of both memories in pages of 64 KiB. */
export interface PartsState {
  readonly memory: number;
  readonly privateGlobal: number;
  readonly exportedGlobal: number;
  readonly memoryPages: number;
  readonly stable: number;
  readonly stablePages: number;
}

/** What `read` gives when the value is everywhere and no memory was grown. */
export function everywhere(value: number): PartsState {
  return { memory: value, privateGlobal: value, exportedGlobal: value, memoryPages: 1, stable: value, stablePages: 1 };
}

export async function deployParts(ic: Ic, options: Parameters<Ic['deploy']>[1] = {}): Promise<Principal> {
  return ic.deploy(await watFile('parts'), options);
}

export async function setParts(ic: Ic, id: Principal, value: number): Promise<void> {
  await ic.call(id, 'set', i32(value));
}

export async function readParts(ic: Ic, id: Principal): Promise<PartsState> {
  const from = reader(await ic.query(id, 'read'));
  return {
    memory: from.i32(),
    privateGlobal: from.i32(),
    exportedGlobal: from.i32(),
    memoryPages: from.i32(),
    stable: from.i32(),
    stablePages: from.i32(),
  };
}

/** Sets the global timer; the result is when it was to fire before, in nanoseconds, 0 for never. */
export async function setTimer(ic: Ic, id: Principal, seconds: number): Promise<bigint> {
  return toI64(await ic.call(id, 'set_timer', i64(BigInt(seconds) * 1_000_000_000n)));
}

export async function clearTimer(ic: Ic, id: Principal): Promise<bigint> {
  return toI64(await ic.call(id, 'clear_timer'));
}

export async function timerRuns(ic: Ic, id: Principal): Promise<number> {
  return toI32(await ic.query(id, 'timer_runs'));
}
