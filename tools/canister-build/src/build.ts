/** The journey of a canister: sources, one JavaScript module, azle's Wasm, the checked interface, the finished Wasm. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type AzleSteps, loadAzle, type WasmData } from './azle.ts';
import { bundleCanister, type Rewrite } from './bundle.ts';
import { checkCandid } from './candid/check.ts';
import { BuildError } from './errors.ts';
import { finishWasm } from './finish.ts';
import { AZLE_VERSION, ENTRY, type Layout, readLayout } from './layout.ts';

export interface BuiltCanister {
  readonly name: string;
  /** Absolute paths of what was written. */
  readonly wasmPath: string;
  readonly gzipPath: string;
  readonly didPath: string;
  /** SHA-256 of the Wasm, in hex: the module hash that the IC shows once it is installed uncompressed. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly gzipSize: number;
}

export interface BuildOptions {
  /** Where the three files are written; default: `dist` in the package. */
  readonly dist?: string;
  /**
   * Changes a source on its way into the bundle, for builds that are made to be wrong: they keep the interface,
   * and it is not checked.
   * The path is absolute. What is shipped is built without it.
   */
  readonly rewrite?: Rewrite;
}

const WASM_DATA: WasmData = { envVars: [['AZLE_VERSION', AZLE_VERSION]], mainJsPath: 'main.js' };

/**
 * Builds the canister package in `directory` and writes `dist/<name>.wasm`, `.wasm.gz` and `.did`.
 * The Wasm depends on the sources and the locked dependencies, and on nothing of the machine.
 *
 * @throws BuildError for every mistake in what the package holds
 */
export async function buildCanister(directory: string, options: BuildOptions = {}): Promise<BuiltCanister> {
  const layout = await readLayout(directory);
  const azle = await loadAzle(layout.azle);
  const js = await bundleCanister(layout, azle.classApi(ENTRY), options.rewrite);
  const { candid, methodMeta } = await (options.rewrite === undefined
    ? inspect(azle, js)
    : inspectOnce(azle, layout, js));
  const did = await readFile(layout.did, 'utf8');
  if (options.rewrite === undefined) await checkCandid(azle, { path: layout.did, written: did, generated: candid });
  const embedded = await azle.embed(js, WASM_DATA, methodMeta);
  const wasm = finishWasm(layout.globalTimer ? azle.bringGlobalTimer(embedded) : embedded, js, did);
  if (!isValid(wasm)) throw new Error('the finished Wasm does not validate');

  const dist = options.dist ?? layout.dist;
  const base = join(dist, layout.name);
  const gzip = compress(wasm);
  const paths = { wasmPath: `${base}.wasm`, gzipPath: `${base}.wasm.gz`, didPath: `${base}.did` };
  await mkdir(dist, { recursive: true });
  await writeFile(paths.wasmPath, wasm);
  await writeFile(paths.gzipPath, gzip);
  await writeFile(paths.didPath, did);
  const sha256 = createHash('sha256').update(wasm).digest('hex');
  return { name: layout.name, ...paths, sha256, size: wasm.length, gzipSize: gzip.length };
}

const inspected = new Map<string, ReturnType<AzleSteps['inspect']>>();

/** Of builds that are made to be wrong, which keep the interface: looked at in the first. */
function inspectOnce(azle: AzleSteps, { directory }: Layout, js: string): ReturnType<AzleSteps['inspect']> {
  const found = inspected.get(directory) ?? inspect(azle, js);
  inspected.set(directory, found);
  return found;
}

async function inspect(azle: AzleSteps, js: string): ReturnType<AzleSteps['inspect']> {
  const wasm = await azle.embed(js, WASM_DATA);
  try {
    return await azle.inspect(wasm);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    // The stack is that of the bundle, whose line numbers help nobody.
    const reason = message.replaceAll(/\n\s+at .*/g, '').trimEnd();
    const advice = 'the top level of a canister runs at build time, where the IC gives no answers';
    throw new BuildError('entry_failed', `${ENTRY} cannot be loaded (${advice}): ${reason}`, { cause });
  }
}

// Node has it; the types of Node 20 name only its namespace.
const { validate: isValid } = Reflect.get(globalThis, 'WebAssembly') as { validate(wasm: Uint8Array): boolean };

const GZIP_OS_BYTE = 9;

/** Without time stamp and operating system. Node's zlib still differs by version, so the Wasm's hash is what counts. */
function compress(wasm: Uint8Array): Uint8Array {
  const gzip = gzipSync(wasm, { level: 9 });
  gzip[GZIP_OS_BYTE] = 255;
  return gzip;
}
