export { type BuiltCanister, buildCanister } from './build.ts';
export { BuildError, type BuildErrorCode } from './errors.ts';
