/**
 * The measure of all ratios: the same module called directly in V8, without counting instructions, without a state that
 * could be rolled back, without an IC. Only what azle needs to answer is served; anything else is an error.
 */

/** Bytes that stable memory may grow to here; the chat claims about 76 MB. */
const STABLE_BYTES = 256 * 1024 * 1024;
const WASM_PAGE_BYTES = 65_536;
const NANOS = 1_767_258_000_000_000_000n;
/** Candid of no arguments: `DIDL`, no types, no values. */
const NO_ARGUMENTS = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);

export interface BareCanister {
  /** Calls an exported entry point such as `canister_update append`; returns what it replied. */
  readonly call: (entry: string, argument: Uint8Array) => Uint8Array;
  /** Bytes of its Wasm memory. */
  readonly memorySize: () => number;
}

interface Message {
  argument: Uint8Array;
  reply: Uint8Array[];
}

export function bareCanister(wasm: Uint8Array<ArrayBuffer>): BareCanister {
  const message: Message = { argument: NO_ARGUMENTS, reply: [] };
  let memory: WebAssembly.Memory | null = null;
  const guest = (from: number, size: number) => new Uint8Array((memory as WebAssembly.Memory).buffer, from, size);
  const served = { ...messages(message, guest), ...stableMemory(guest) };
  const module = new WebAssembly.Module(wasm);
  const imports = WebAssembly.Module.imports(module).map(({ name }) => [name, served[name] ?? refuse(name)]);
  const instance = new WebAssembly.Instance(module, { ic0: Object.fromEntries(imports) });
  memory = instance.exports.memory as WebAssembly.Memory;
  const call = (entry: string, argument: Uint8Array): Uint8Array => {
    message.argument = argument;
    message.reply = [];
    (instance.exports[entry] as () => void)();
    return new Uint8Array(Buffer.concat(message.reply));
  };
  call('canister_init', NO_ARGUMENTS);
  return { call, memorySize: () => (memory as WebAssembly.Memory).buffer.byteLength };
}

type Guest = (from: number, size: number) => Uint8Array;
type Served = Record<string, (...args: never[]) => unknown>;

function messages(message: Message, guest: Guest): Served {
  return {
    msg_arg_data_size: () => message.argument.length,
    msg_arg_data_copy: (to: number, from: number, size: number) =>
      guest(to, size).set(message.argument.subarray(from, from + size)),
    msg_reply_data_append: (from: number, size: number) => void message.reply.push(guest(from, size).slice()),
    msg_reply: () => undefined,
    msg_caller_size: () => 1,
    msg_caller_copy: (to: number) => void guest(to, 1).fill(4),
    canister_self_size: () => 10,
    canister_self_copy: (to: number, _from: number, size: number) => void guest(to, size).fill(1),
    canister_version: () => 1n,
    time: () => NANOS,
    performance_counter: () => 0n,
    in_replicated_execution: () => 1,
    global_timer_set: () => 0n,
    debug_print: () => undefined,
    trap: (from: number, size: number) => {
      throw new Error(new TextDecoder().decode(guest(from, size)));
    },
  };
}

function stableMemory(guest: Guest): Served {
  const stable = new Uint8Array(STABLE_BYTES);
  let pages = 0;
  return {
    stable64_size: () => BigInt(pages),
    stable64_grow: (more: bigint) => {
      const before = pages;
      if ((before + Number(more)) * WASM_PAGE_BYTES > STABLE_BYTES) return -1n;
      pages += Number(more);
      return BigInt(before);
    },
    stable64_read: (to: bigint, from: bigint, size: bigint) =>
      guest(Number(to), Number(size)).set(stable.subarray(Number(from), Number(from + size))),
    stable64_write: (to: bigint, from: bigint, size: bigint) =>
      stable.set(guest(Number(from), Number(size)), Number(to)),
  };
}

function refuse(name: string): () => never {
  return () => {
    throw new Error(`the bare call does not serve ic0.${name}`);
  };
}
