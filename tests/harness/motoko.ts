/** Canisters in Motoko: `tests/canisters/*.mo`, compiled here by the npm package `motoko`. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** What of the compiler's interface is used; its own types do not fit its entry point. */
interface Compiler {
  write(path: string, content: string): void;
  wasm(path: string, mode: 'ic'): { readonly wasm: Uint8Array };
}

const require = createRequire(import.meta.url);
let compiler: Compiler | undefined;
const compiled = new Map<string, Uint8Array>();

/** The Wasm of `tests/canisters/<name>.mo`. It may import `mo:⛔`, but not the base library. Takes seconds, once. */
export function motoko(name: string): Uint8Array {
  const wasm = compiled.get(name) ?? compile(name);
  compiled.set(name, wasm);
  return wasm;
}

function compile(name: string): Uint8Array {
  compiler ??= loadCompiler();
  const file = `${name}.mo`;
  compiler.write(file, readFileSync(new URL(`../canisters/${file}`, import.meta.url), 'utf8'));
  return new Uint8Array(compiler.wasm(file, 'ic').wasm);
}

/** Only when it is needed: it is large. */
function loadCompiler(): Compiler {
  return require('motoko').default;
}
