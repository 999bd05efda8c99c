/**
 * The canister `tests/canisters/proxy.wat`: it makes the calls of a plan and writes down each answer. A step is sent when the
 * plan is launched, or when the answer of another step arrives; steps that wait for the same are sent in order, without
 * awaiting one another.
 */
import type { Principal } from '@icp-sdk/core/principal';
import { concat, i32, i64, reader, text, utf8 } from './bytes.ts';
import type { Ic } from './ic.ts';
import { type Argument, encodeArgument, MANAGEMENT, type Method } from './management.ts';
import { watFile } from './wat.ts';

export interface Step {
  readonly callee: Principal;
  readonly method: string;
  readonly payload: Uint8Array;
  readonly cycles?: bigint;
  /** Position, in this plan, of the step whose answer this one waits for. */
  readonly after?: number;
}

/** One line of the log. */
export interface Answer {
  /** Position in all plans since the canister was installed. */
  readonly step: number;
  /** 0 for a reply, the reject code (1 to 6), or 100 + what `call_perform` returned if it was not 0. */
  readonly code: number;
  /** IC time in nanoseconds. */
  readonly time: bigint;
  readonly data: Uint8Array;
  /** The reject message; empty for a reply. */
  readonly message: string;
}

/** A step that calls the management canister. */
export function managing<M extends Method>(method: M, argument: Argument<M>, rest: { after?: number } = {}): Step {
  return { callee: MANAGEMENT, method, payload: encodeArgument(method, argument), ...rest };
}

export interface ProxyCanister {
  readonly id: Principal;
  /** Sends the plan's first steps in the round that this takes, and returns without their answers. */
  launch(...steps: readonly Step[]): Promise<void>;
  /** What came back so far. Takes no round. */
  log(): Promise<Answer[]>;
}

/** A step of another proxy: to launch a plan there. With `perform` it answers when all steps are answered. */
export function planning(proxy: Principal, method: 'launch' | 'perform', ...steps: readonly Step[]): Step {
  return { callee: proxy, method, payload: encodePlan(steps) };
}

/** A step that calls a canister with an argument of raw bytes. */
export function calling(callee: Principal, method: string, rest: Partial<Step> = {}): Step {
  return { callee, method, payload: new Uint8Array(), ...rest };
}

export async function deployProxy(ic: Ic, options: Parameters<Ic['deploy']>[1] = {}): Promise<ProxyCanister> {
  const id = await ic.deploy(await watFile('proxy'), options);
  return {
    id,
    launch: async (...steps) => {
      await ic.call(id, 'launch', encodePlan(steps));
    },
    log: async () => decodeLog(await ic.query(id, 'read')),
  };
}

export function encodePlan(steps: readonly Step[]): Uint8Array {
  return concat(...steps.map(encodeStep));
}

function encodeStep({ callee, method, payload, cycles = 0n, after = -1 }: Step): Uint8Array {
  const [to, name] = [callee.toUint8Array(), utf8(method)];
  return concat(i32(after, to.length, name.length, payload.length), i64(cycles), to, name, payload);
}

export function decodeLog(bytes: Uint8Array): Answer[] {
  const from = reader(bytes);
  const answers: Answer[] = [];
  while (!from.done()) {
    const [step, code, size] = [from.i32(), from.i32(), from.i32()];
    const time = from.i64();
    const data = from.bytes(size);
    answers.push({ step, code, time, data, message: code > 0 && code < 100 ? text(data) : '' });
  }
  return answers;
}
