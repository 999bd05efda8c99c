/**
 * What can be wrong with a canister package. The codes are stable; the messages say what to do and may change.
 *
 * - `usage`: the command line is not understood.
 * - `no_package`, `no_entry`, `no_did`: the folder lacks `package.json`, `src/index.ts` or `<name>.did`.
 * - `options_invalid`: what `package.json` says under `canister-build` is not understood.
 * - `azle_missing`, `azle_version`: azle cannot be resolved from the package, or is not the version this tool knows.
 * - `bundle_failed`: esbuild could not bundle the sources.
 * - `entry_failed`: the bundled module threw while azle read its methods.
 * - `did_invalid`: the `.did` file is not valid Candid.
 * - `did_differs`: the `.did` file and the code do not say the same.
 */
export type BuildErrorCode =
  | 'usage'
  | 'no_package'
  | 'no_entry'
  | 'no_did'
  | 'options_invalid'
  | 'azle_missing'
  | 'azle_version'
  | 'bundle_failed'
  | 'entry_failed'
  | 'did_invalid'
  | 'did_differs';

/** A mistake in what was given to the tool. Anything else that is thrown is a defect of the tool itself. */
export class BuildError extends Error {
  readonly code: BuildErrorCode;

  constructor(code: BuildErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BuildError';
    this.code = code;
  }
}
