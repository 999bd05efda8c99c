export { type BuildOptions, type BuiltCanister, buildCanister } from './build.ts';
export type { Rewrite } from './bundle.ts';
export { BuildError, type BuildErrorCode } from './errors.ts';
export { customSections, exportNames } from './wasm/read.ts';
