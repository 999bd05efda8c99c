import { gunzipSync } from 'node:zlib';
import { bytesToHex, sha256 } from '../bytes.ts';
import { err, ok, type Result } from '../errors.ts';
import { IMPORT_SIGNATURES } from '../ic0/index.ts';
import type { CanisterState } from '../state/types.ts';
import { type PreparedModule, prepareModule } from '../wasm/index.ts';

/** Bytes of a module after unpacking (RL: 100 MiB). */
const MAX_MODULE_BYTES = 104_857_600;
/** Prepared modules kept for reuse, by hash; the oldest goes first. */
const CACHE_ENTRIES = 64;

/** A pure function of the bytes, so one cache serves every subnet and fork of the process. */
const cache = new Map<string, PreparedModule>();

/** The module hash as the IC reports it: of the bytes as uploaded, gzip included. */
export function moduleHash(wasmModule: Uint8Array): Uint8Array {
  return sha256(wasmModule);
}

/** Reads, checks, instruments and compiles a module, raw or gzipped. Errors: IC0505. */
export function prepare(wasmModule: Uint8Array, hash: Uint8Array = moduleHash(wasmModule)): Result<PreparedModule> {
  const key = bytesToHex(hash);
  const known = cache.get(key);
  if (known !== undefined) {
    cache.delete(key);
    cache.set(key, known);
    return ok(known);
  }
  const raw = unpack(wasmModule);
  if (!raw.ok) return raw;
  const prepared = prepareModule(raw.value, { imports: IMPORT_SIGNATURES });
  if (!prepared.ok) return err('IC0505', `Canister's Wasm module is not valid: ${prepared.error.message}`);
  cache.set(key, prepared.value);
  for (const oldest of cache.keys()) {
    if (cache.size <= CACHE_ENTRIES) break;
    cache.delete(oldest);
  }
  return ok(prepared.value);
}

function unpack(wasmModule: Uint8Array): Result<Uint8Array> {
  if (wasmModule[0] !== 0x1f || wasmModule[1] !== 0x8b || wasmModule[2] !== 0x08) return ok(wasmModule);
  try {
    const raw = gunzipSync(wasmModule, { maxOutputLength: MAX_MODULE_BYTES });
    return ok(new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err('IC0505', `Canister's Wasm module is not valid: the gzip data cannot be unpacked (${reason}).`);
  }
}

/** Names that a canister's module exports as functions; none without a module. */
export function exportsOf(canister: CanisterState): ReadonlySet<string> {
  if (canister.code === null) return new Set();
  const prepared = prepare(canister.code.wasmModule, canister.code.moduleHash);
  return prepared.ok ? prepared.value.info.functionExports : new Set();
}
