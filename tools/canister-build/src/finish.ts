/** From the Wasm that azle emits to the one that is installed. */
import { AZLE_VERSION } from './layout.ts';
import { customSection, type Export, filterExports, readSections, writeSections } from './wasm/sections.ts';

/**
 * azle's own methods go: they answer controllers only (`_azle_chunk` anyone), and serve azle's tests. `_azle_chunk` is
 * called by azle's `chunk()` and stays in a canister that uses it. The timer executor stays as well: timers are run
 * by the canister calling itself, and it refuses every other caller.
 *
 * @param js the bundle inside the Wasm
 * @param did the Candid interface, published as `candid:service`
 */
export function finishWasm(wasm: Uint8Array, js: string, did: string): Uint8Array {
  const usesChunk = js.includes('_azle_chunk');
  const sections = filterExports(readSections(wasm), (one) => isEntryPoint(one, usesChunk));
  const text = new TextEncoder();
  return writeSections([
    ...sections,
    customSection('icp:public candid:service', text.encode(did)),
    customSection('icp:public cdk:version', text.encode(`azle ${AZLE_VERSION}`)),
  ]);
}

const MEMORY = 2;

/** Everything else that azle exports are hooks of its build, which the IC never calls. */
function isEntryPoint({ name, kind }: Export, usesChunk: boolean): boolean {
  if (kind === MEMORY) return true;
  if (name === 'canister_update _azle_chunk') return usesChunk;
  return name.startsWith('canister_') && !/^canister_(query|update|composite_query) _azle_/.test(name);
}
