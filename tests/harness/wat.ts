/**
 * Canisters in WebAssembly text. Three conveniences, and nothing hidden beyond them:
 *
 * - `$ic0.name` needs no import: whatever a module mentions is imported, with the signature of `IC0` below;
 * - `$lib.name` needs no definition: the helpers of `LIBRARY` that a module mentions are added;
 * - numbers in arguments and replies are little-endian, 4 or 8 bytes.
 *
 * The helpers scratch in the last 64 bytes of the first memory page (`SCRATCH`); a module keeps its own data below.
 */
import { readFileSync } from 'node:fs';
import wabt from 'wabt';

const SCRATCH = 65_472;

/** Signatures of the System API that the suite uses (interface specification, 32-bit memory): parameters, results. */
const IC0: Readonly<Record<string, readonly [string, string]>> = {
  accept_message: ['', ''],
  call_cycles_add128: ['i64 i64', ''],
  call_data_append: ['i32 i32', ''],
  call_new: ['i32 i32 i32 i32 i32 i32 i32 i32', ''],
  call_on_cleanup: ['i32 i32', ''],
  call_perform: ['', 'i32'],
  canister_cycle_balance128: ['i32', ''],
  canister_liquid_cycle_balance128: ['i32', ''],
  canister_self_copy: ['i32 i32 i32', ''],
  canister_self_size: ['', 'i32'],
  canister_status: ['', 'i32'],
  canister_version: ['', 'i64'],
  certified_data_set: ['i32 i32', ''],
  data_certificate_copy: ['i32 i32 i32', ''],
  data_certificate_present: ['', 'i32'],
  data_certificate_size: ['', 'i32'],
  cycles_burn128: ['i64 i64 i32', ''],
  debug_print: ['i32 i32', ''],
  global_timer_set: ['i64', 'i64'],
  in_replicated_execution: ['', 'i32'],
  is_controller: ['i32 i32', 'i32'],
  msg_arg_data_copy: ['i32 i32 i32', ''],
  msg_arg_data_size: ['', 'i32'],
  msg_caller_copy: ['i32 i32 i32', ''],
  msg_caller_size: ['', 'i32'],
  msg_cycles_accept128: ['i64 i64 i32', ''],
  msg_cycles_refunded128: ['i32', ''],
  msg_method_name_copy: ['i32 i32 i32', ''],
  msg_method_name_size: ['', 'i32'],
  msg_reject: ['i32 i32', ''],
  msg_reject_code: ['', 'i32'],
  msg_reject_msg_copy: ['i32 i32 i32', ''],
  msg_reject_msg_size: ['', 'i32'],
  msg_reply: ['', ''],
  msg_reply_data_append: ['i32 i32', ''],
  performance_counter: ['i32', 'i64'],
  stable64_grow: ['i64', 'i64'],
  stable64_read: ['i64 i64 i64', ''],
  stable64_size: ['', 'i64'],
  stable64_write: ['i64 i64 i64', ''],
  time: ['', 'i64'],
  trap: ['i32 i32', ''],
};

/** Helpers, each as WebAssembly text. */
const LIBRARY: Readonly<Record<string, string>> = {
  /** Copies the whole argument (in a reply callback: the reply) to an address; its length. */
  arg: `(func $lib.arg (param $to i32) (result i32)
    (call $ic0.msg_arg_data_copy (local.get $to) (i32.const 0) (call $ic0.msg_arg_data_size))
    (call $ic0.msg_arg_data_size))`,
  /** The number of which the argument consists. */
  arg_i32: `(func $lib.arg_i32 (result i32)
    (call $ic0.msg_arg_data_copy (i32.const ${SCRATCH}) (i32.const 0) (i32.const 4))
    (i32.load (i32.const ${SCRATCH})))`,
  arg_i64: `(func $lib.arg_i64 (result i64)
    (call $ic0.msg_arg_data_copy (i32.const ${SCRATCH}) (i32.const 0) (i32.const 8))
    (i64.load (i32.const ${SCRATCH})))`,
  /** Adds a number to the reply. */
  append_i32: `(func $lib.append_i32 (param $value i32)
    (i32.store (i32.const ${SCRATCH}) (local.get $value))
    (call $ic0.msg_reply_data_append (i32.const ${SCRATCH}) (i32.const 4)))`,
  append_i64: `(func $lib.append_i64 (param $value i64)
    (i64.store (i32.const ${SCRATCH}) (local.get $value))
    (call $ic0.msg_reply_data_append (i32.const ${SCRATCH}) (i32.const 8)))`,
  /** Replies with a number, or with bytes of memory. */
  reply_i32: `(func $lib.reply_i32 (param $value i32)
    (call $lib.append_i32 (local.get $value))
    (call $ic0.msg_reply))`,
  reply_i64: `(func $lib.reply_i64 (param $value i64)
    (call $lib.append_i64 (local.get $value))
    (call $ic0.msg_reply))`,
  reply_bytes: `(func $lib.reply_bytes (param $from i32) (param $size i32)
    (call $ic0.msg_reply_data_append (local.get $from) (local.get $size))
    (call $ic0.msg_reply))`,
  /** Begins a call of one's own method; the callbacks are table elements, each with environment 0. */
  call_self: `(func $lib.call_self (param $name i32) (param $size i32) (param $reply i32) (param $reject i32)
    (call $ic0.canister_self_copy (i32.const ${SCRATCH}) (i32.const 0) (call $ic0.canister_self_size))
    (call $ic0.call_new (i32.const ${SCRATCH}) (call $ic0.canister_self_size) (local.get $name) (local.get $size)
      (local.get $reply) (i32.const 0) (local.get $reject) (i32.const 0)))`,
};

const compiler = wabt();
const compiled = new Map<string, Promise<Uint8Array>>();

/** The Wasm of a module in WebAssembly text, `(module …)`. Throws wabt's message, which names the line, if it is not well-formed. */
export function wat(text: string): Promise<Uint8Array> {
  const cached = compiled.get(text);
  if (cached !== undefined) return cached;
  const module = compiler.then((tool) => {
    const parsed = tool.parseWat('canister.wat', complete(text), { bulk_memory: true, reference_types: true });
    try {
      parsed.validate();
      return new Uint8Array(parsed.toBinary({}).buffer);
    } finally {
      parsed.destroy();
    }
  });
  compiled.set(text, module);
  return module;
}

/** The Wasm of `tests/canisters/<name>.wat`. */
export function watFile(name: string): Promise<Uint8Array> {
  return wat(readFileSync(new URL(`../canisters/${name}.wat`, import.meta.url), 'utf8'));
}

/** A module with an additional custom section. */
export function withCustomSection(module: Uint8Array, name: string): Uint8Array {
  const text = new TextEncoder().encode(name);
  return Uint8Array.of(...module, 0, text.length + 1, text.length, ...text);
}

function complete(text: string): string {
  const helpers = neededHelpers(text);
  const imports = mentions([text, ...helpers].join('\n'), 'ic0').map(importOf);
  // One line, so that the line numbers of an error are those of the text.
  const head = imports.join(' ');
  const tail = helpers.join('\n');
  const end = text.lastIndexOf(')');
  return `${text.slice(0, end).replace('(module', `(module ${head}`)}\n${tail})`;
}

function neededHelpers(text: string, found = new Map<string, string>()): string[] {
  for (const name of mentions(text, 'lib')) {
    const helper = LIBRARY[name];
    if (helper === undefined) throw new Error(`There is no helper $lib.${name}.`);
    if (found.has(name)) continue;
    found.set(name, helper);
    neededHelpers(helper, found);
  }
  return [...found.values()];
}

function importOf(name: string): string {
  const signature = IC0[name];
  if (signature === undefined) throw new Error(`IC0 has no signature of ${name}.`);
  const [parameters, results] = signature;
  return `(import "ic0" "${name}" (func $ic0.${name} (param ${parameters}) (result ${results})))`;
}

function mentions(text: string, space: 'ic0' | 'lib'): string[] {
  return [...new Set([...text.matchAll(new RegExp(`\\$${space}\\.(\\w+)`, 'g'))].map(([, name = '']) => name))];
}
