/**
 * Limits of a canister module.
 *
 * Sources: CI = IC interface specification, canister-interface.md; WU = dfinity/ic rs/embedders/src/wasm_utils/validation.rs;
 * CF = dfinity/ic rs/config/src/embedders.rs.
 */

/** Bytes of a module after decompression (CI). */
export const MAX_MODULE_BYTES = 100 * 1024 * 1024;
/** Bytes of the code section (WU). */
export const MAX_CODE_SECTION_BYTES = 11 * 1024 * 1024;
/** Functions defined in a module, imports not counted (CF). */
export const MAX_FUNCTIONS = 50_000;
/** Globals defined in a module (CF). */
export const MAX_GLOBALS = 1_000;
/** Exported update, query and composite query methods (CI). */
export const MAX_EXPORTED_METHODS = 1_000;
/** UTF-8 bytes of the names of all exported methods together, without their prefix (CI). */
export const MAX_EXPORTED_METHOD_NAME_BYTES = 20_000;
/** Custom sections whose name starts with `icp:` (CI). */
export const MAX_ICP_SECTIONS = 16;
/** Bytes of all `icp:` sections: contents and names without their scope (CI). */
export const MAX_ICP_SECTION_BYTES = 1024 * 1024;
/** Operators of one function body (CI). */
export const MAX_FUNCTION_INSTRUCTIONS = 1_000_000;
/** Weighted size of one function body; the weights are in opcodes.ts (WU). */
export const MAX_FUNCTION_COMPLEXITY = 1_000_000;
/** Elements a table may start with (dfinity/ic rs/embedders/src/wasmtime_embedder.rs). */
export const MAX_TABLE_ELEMENTS = 1_000_000;
/** Locals of one function, parameters included (WebAssembly JavaScript interface, implementation limits). */
export const MAX_LOCALS = 50_000;
