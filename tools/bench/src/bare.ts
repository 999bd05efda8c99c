/**
 * The measure of all ratios: the same module called directly in V8, without counting instructions, without a state that
 * could be rolled back, without an IC. Only what azle needs to answer is served.
 */

/** Bytes that stable memory may grow to here; the chat claims about 76 MB. */
const STABLE_BYTES = 256 * 1024 * 1024;
const WASM_PAGE_BYTES = 65_536;
const NANOS = 1_767_258_000_000_000_000n;

export interface BareCanister {
  /** Calls an exported entry point such as `canister_update append` and returns what it replied. */
  readonly call: (entry: string, argument: Uint8Array) => Uint8Array;
}

export function bareCanister(wasm: Uint8Array<ArrayBuffer>): BareCanister {
  let argument = new Uint8Array();
  let reply: Uint8Array[] = [];
  let memory: WebAssembly.Memory;
  const stable = new Uint8Array(STABLE_BYTES);
  let stablePages = 0;
  const guest = (from: number, size: number) => new Uint8Array(memory.buffer, from, size);
  const served: Record<string, (...args: never[]) => unknown> = {
    msg_arg_data_size: () => argument.length,
    msg_arg_data_copy: (to: number, from: number, size: number) =>
      guest(to, size).set(argument.subarray(from, from + size)),
    msg_reply_data_append: (from: number, size: number) => void reply.push(guest(from, size).slice()),
    msg_reply: () => undefined,
    msg_caller_size: () => 1,
    msg_caller_copy: (to: number) => guest(to, 1).fill(4),
    canister_self_size: () => 10,
    canister_self_copy: (to: number, _from: number, size: number) => guest(to, size).fill(1),
    canister_version: () => 1n,
    time: () => NANOS,
    performance_counter: () => 0n,
    in_replicated_execution: () => 1,
    global_timer_set: () => 0n,
    debug_print: () => undefined,
    stable64_size: () => BigInt(stablePages),
    stable64_grow: (pages: bigint) => {
      const before = stablePages;
      stablePages += Number(pages);
      return stablePages * WASM_PAGE_BYTES > STABLE_BYTES ? -1n : BigInt(before);
    },
    stable64_read: (to: bigint, from: bigint, size: bigint) =>
      guest(Number(to), Number(size)).set(stable.subarray(Number(from), Number(from + size))),
    stable64_write: (to: bigint, from: bigint, size: bigint) =>
      stable.set(guest(Number(from), Number(size)), Number(to)),
    trap: (from: number, size: number) => {
      throw new Error(new TextDecoder().decode(guest(from, size)));
    },
  };
  const module = new WebAssembly.Module(wasm);
  const imports = WebAssembly.Module.imports(module).map(({ name }) => [name, served[name] ?? refuse(name)]);
  const instance = new WebAssembly.Instance(module, { ic0: Object.fromEntries(imports) });
  memory = instance.exports.memory as WebAssembly.Memory;
  const call = (entry: string, bytes: Uint8Array): Uint8Array => {
    argument = Uint8Array.from(bytes);
    reply = [];
    (instance.exports[entry] as () => void)();
    return Uint8Array.from(reply.flatMap((part) => [...part]));
  };
  call('canister_init', Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0));
  return { call };
}

function refuse(name: string): () => never {
  return () => {
    throw new Error(`the bare call does not serve ic0.${name}`);
  };
}
