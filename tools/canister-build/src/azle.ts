/**
 * azle's own build steps, imported by path: the only file that knows azle's inner layout.
 *
 * azle's command line is not used, because it stores the checkout's path in the Wasm (so that the hash depends on the
 * folder), wants a dfx.json and a hoisted node_modules. Its steps have neither trait. azle ships TypeScript only, so
 * they are bundled in memory first.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Binaryen } from './binaryen.ts';
import { BuildError } from './errors.ts';
import { bringGlobalTimer } from './global-timer.ts';

const STEPS = 'src/stable/build/commands/build';
const TEMPLATE = 'dist/canister_templates/stable.wasm';
const CANDID_PARSER = 'src/stable/build/commands/generate/rust/candid_to_ts_js/pkg/candid_to_ts_js.js';

/** A canister method as azle counts them; opaque here, handed from one step to the next. */
export interface MethodMeta {
  readonly queries?: readonly { readonly name: string }[];
  readonly updates?: readonly { readonly name: string }[];
}

/** Read by the canister at run time; part of the Wasm, so nothing of this machine may be in it. */
export interface WasmData extends Record<string, unknown> {
  readonly envVars: readonly (readonly [name: string, value: string])[];
  /** What the canister's error stacks call the bundle. */
  readonly mainJsPath: string;
}

export interface AzleSteps {
  /** JavaScript that finds the exported class's methods and their Candid types. `main` is for its error message. */
  classApi(main: string): string;
  /** Puts the bundle into azle's prebuilt canister and, given the methods, exports them. */
  embed(js: string, data: WasmData, methods?: MethodMeta): Promise<Uint8Array>;
  /** Runs the canister's top level in a fake IC and asks for its interface. */
  inspect(wasm: Uint8Array): Promise<{ candid: string; methodMeta: MethodMeta }>;
  /**
   * The Candid team's own parser, compiled to Wasm: Candid text to TypeScript that describes it.
   * @throws BuildError `did_invalid`
   */
  describeCandid(did: string): string;
  /** Opens the way to `ic0.global_timer_set`; see `global-timer.ts`. */
  bringGlobalTimer(wasm: Uint8Array): Uint8Array;
}

interface AzleModules {
  handleClassApiCanister: AzleSteps['classApi'];
  manipulateWasmBinary(
    js: string,
    template: string,
    data: WasmData,
    validate: boolean,
    methods?: MethodMeta,
  ): Promise<Uint8Array>;
  execute: AzleSteps['inspect'];
}

interface CandidParser {
  /** Throws a string, the reason, if the text is not valid. */
  candid_to_ts_js(did: string): string;
}

/** @param azle the package folder of azle */
export async function loadAzle(azle: string): Promise<AzleSteps> {
  const modules = await importSteps(azle);
  const require = createRequire(pathToFileURL(join(azle, 'package.json')));
  const parser = require(join(azle, CANDID_PARSER)) as CandidParser;
  const { default: binaryen } = (await import(pathToFileURL(require.resolve('binaryen')).href)) as {
    default: Binaryen;
  };
  return {
    classApi: (main) => candidWhenAsked(modules.handleClassApiCanister(main)),
    embed: (js, data, methods) => modules.manipulateWasmBinary(js, join(azle, TEMPLATE), data, false, methods),
    inspect: (wasm) => modules.execute(wasm),
    describeCandid: (did) => describeCandid(parser, did),
    bringGlobalTimer: (wasm) => bringGlobalTimer(binaryen, wasm),
  };
}

/** azle writes the interface down whenever the canister starts; it is asked for only at build time. */
function candidWhenAsked(classApi: string): string {
  const [from, getter] = ['const visibleMethodIdlParamTypes', 'globalThis._azleGetCandidAndMethodMeta = () => {'];
  const start = classApi.indexOf(from);
  const end = classApi.indexOf(getter);
  if (start < 0 || end < start) throw new Error('azle writes the interface down in another way');
  return classApi.slice(0, start) + getter + classApi.slice(start, end) + classApi.slice(end + getter.length);
}

function describeCandid(parser: CandidParser, did: string): string {
  try {
    return parser.candid_to_ts_js(did);
  } catch (reason) {
    if (typeof reason !== 'string') throw reason;
    throw new BuildError(
      'did_invalid',
      reason.replace(/found at (\d+):\d+/, (_, offset) => `at ${positionOf(did, Number(offset))}`),
    );
  }
}

/** @param offset in bytes of UTF-8, as the parser counts */
function positionOf(text: string, offset: number): string {
  const lines = Buffer.from(text).subarray(0, offset).toString().split('\n');
  return `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
}

async function importSteps(azle: string): Promise<AzleModules> {
  const contents = [
    `export { handleClassApiCanister } from './${STEPS}/javascript.ts';`,
    `export { manipulateWasmBinary } from './${STEPS}/wasm_binary/manipulate.ts';`,
    `export { execute } from './${STEPS}/candid_and_method_meta/execute.ts';`,
  ].join('\n');
  const bundle = await build({
    stdin: { contents, resolveDir: azle, loader: 'ts' },
    absWorkingDir: azle,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    // Set in a developer's shell, this variable would change the Wasm.
    define: { 'process.env.AZLE_CANISTER_BACKTRACES': '"false"' },
    logLevel: 'silent',
    plugins: [packagesByUrl(azle)],
  });
  // Named, because error stacks would show the whole URL.
  const named = `${bundle.outputFiles[0]!.text}\n//# sourceURL=azle-build-steps.js\n`;
  const code = Buffer.from(named).toString('base64');
  return (await import(`data:text/javascript;base64,${code}`)) as AzleModules;
}

/** A module at a data: URL has no folder to resolve packages from, so they are named by absolute URL. */
function packagesByUrl(azle: string): Plugin {
  const require = createRequire(pathToFileURL(join(azle, 'package.json')));
  return {
    name: 'packages-by-url',
    setup(build) {
      build.onResolve({ filter: /^(binaryen|esbuild)$/ }, ({ path }) => ({
        path: pathToFileURL(require.resolve(path)).href,
        external: true,
      }));
    },
  };
}
