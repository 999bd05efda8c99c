export { type BuiltCanister, buildCanister } from './build.ts';
export { BuildError, type BuildErrorCode } from './errors.ts';
export { customSections, exportNames } from './wasm/read.ts';
