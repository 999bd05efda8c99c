import wabtInit from 'wabt';
import { type FunctionSignature, METER, type PreparedModule, prepareModule } from '../../src/wasm/index.ts';

const wabt = await wabtInit();

/** Budget of instructions where a test does not care. */
export const PLENTY = 100_000_000_000n;
/** Bytes of call stack where a test does not care. */
export const STACK = 1 << 20;

const FEATURES = {
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  multi_value: true,
  bulk_memory: true,
  reference_types: true,
  tail_call: true,
};

export type Features = Readonly<Record<string, boolean>>;

/** Assembles WebAssembly text. */
export function assemble(text: string, features: Features = {}): Uint8Array {
  const module = wabt.parseWat('test.wat', text, { ...FEATURES, ...features });
  try {
    return module.toBinary({ write_debug_names: false }).buffer;
  } finally {
    module.destroy();
  }
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

/** A module from raw sections: [id, payload]. */
export function binary(...sections: readonly (readonly [number, readonly number[]])[]): Uint8Array {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from(
    header.concat(...sections.map(([id, payload]) => [id, ...leb(payload.length)].concat(payload))),
  );
}

/** A module with a memory and one (func) whose code, its last `end` included, is given. */
export function body(code: readonly number[]): Uint8Array {
  const size = leb(code.length + 1);
  return binary([1, [1, 0x60, 0, 0]], [3, [1, 0]], [5, [1, 0, 1]], [10, [1].concat(size, 0, code)]);
}

export const IMPORTS: ReadonlyMap<string, FunctionSignature> = new Map([
  ['msg_reply', { params: [], results: [] }],
  ['performance_counter', { params: ['i32'], results: ['i64'] }],
  ['debug_print', { params: ['i32', 'i32'], results: [] }],
]);

/** Prepares bytes that must be accepted. */
export function prepare(bytes: Uint8Array): PreparedModule {
  const result = prepareModule(bytes, { imports: IMPORTS });
  if (!result.ok) throw new Error(`refused: ${result.error.message}`);
  return result.value;
}

/** Prepares bytes that must be refused; the message. */
export function refusal(bytes: Uint8Array): string {
  const result = prepareModule(bytes, { imports: IMPORTS });
  if (result.ok) throw new Error('the module was accepted');
  return result.error.message;
}

export type Value = number | bigint;

export interface Outcome {
  /** What the function returned, or the trap's message. */
  readonly result: Value | readonly Value[] | undefined | { readonly trap: string };
  /** Instructions charged. */
  readonly used: bigint;
  /** Whether the limit of instructions, or of the stack, ended it. */
  readonly outOfGas: boolean;
  readonly stackOverflow: boolean;
}

export interface Budget {
  readonly gas?: bigint;
  readonly stack?: number;
}

/** A running module; `call` is one execution. */
export class Guest {
  readonly prepared: PreparedModule;
  readonly instance: WebAssembly.Instance;

  constructor(prepared: PreparedModule, ic0: WebAssembly.ModuleImports = {}) {
    this.prepared = prepared;
    const stubs = { msg_reply: () => {}, performance_counter: () => 0n, debug_print: () => {} };
    this.instance = new WebAssembly.Instance(prepared.module, { ic0: { ...stubs, ...ic0 } });
  }

  global(name: string): WebAssembly.Global {
    return this.instance.exports[name] as WebAssembly.Global;
  }

  get gas(): bigint {
    return this.global(METER.gas).value as bigint;
  }

  call(name: string, args: readonly Value[] = [], budget: Budget = {}): Outcome {
    return this.run(() => invoke(this.instance, name, args), budget);
  }

  run(body: () => Outcome['result'], { gas = PLENTY, stack = STACK }: Budget = {}): Outcome {
    this.global(METER.gas).value = gas;
    this.global(METER.stack).value = stack;
    const result = body();
    const pending = this.global(METER.pending).value as bigint;
    return {
      result,
      used: gas - this.gas - pending,
      outOfGas: this.gas < 0n,
      stackOverflow: (this.global(METER.stack).value as number) < 0,
    };
  }
}

/** Calls an export; a trap is a result. */
export function invoke(instance: WebAssembly.Instance, name: string, args: readonly Value[]): Outcome['result'] {
  try {
    return (instance.exports[name] as (...args: readonly Value[]) => Outcome['result'])(...args);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return { trap: error.message };
    throw error;
  }
}

export function guest(text: string, ic0?: WebAssembly.ModuleImports): Guest {
  return new Guest(prepare(assemble(text)), ic0);
}
