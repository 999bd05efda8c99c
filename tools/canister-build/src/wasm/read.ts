/** What a finished Wasm says of itself; for tests and for whoever checks a build. */
import { CUSTOM_SECTION, decodeExports, EXPORT_SECTION, readCustom, readSections } from './sections.ts';

/** Sorted: what the IC, and with it everyone, can call. */
export function exportNames(wasm: Uint8Array): string[] {
  return readSections(wasm)
    .filter(({ id }) => id === EXPORT_SECTION)
    .flatMap(({ body }) => decodeExports(body).map(({ name }) => name))
    .sort();
}

/** Content of the custom sections, by name: `icp:public candid:service` and others. */
export function customSections(wasm: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const custom = readSections(wasm).filter(({ id }) => id === CUSTOM_SECTION);
  return new Map(custom.map(({ body }) => readCustom(body)));
}
