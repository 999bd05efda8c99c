/** Where a canister package keeps what is read and what is written. All paths are absolute. */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BuildError, type BuildErrorCode } from './errors.ts';

/** The one azle whose internal build steps this tool knows. A new version is read before it is trusted. */
export const AZLE_VERSION = '0.33.0';

/** Relative to the package; also what error messages of the canister call its entry file. */
export const ENTRY = 'src/index.ts';

export interface Layout {
  /** The package's name without its scope: the canister's name. */
  readonly name: string;
  readonly directory: string;
  /** The Candid interface written by hand. */
  readonly did: string;
  /** The only folder that is written. */
  readonly dist: string;
  /** The package folder of azle, as the canister package resolves it. */
  readonly azle: string;
  /** Whether the canister has a way to `ic0.global_timer_set`; see `global-timer.ts`. */
  readonly globalTimer: boolean;
}

/** @throws BuildError `no_package`, `no_entry`, `no_did`, `azle_missing`, `azle_version` or `options_invalid` */
export async function readLayout(directory: string): Promise<Layout> {
  const { name, globalTimer } = await readPackage(directory);
  const did = join(directory, `${name}.did`);
  await demand(join(directory, ENTRY), 'no_entry', `a canister's entry is ${ENTRY}, its default export the class`);
  await demand(did, 'no_did', 'write the interface by hand, with comments; it becomes the candid:service of the Wasm');
  return { name, directory, did, dist: join(directory, 'dist'), azle: await findAzle(directory), globalTimer };
}

async function readPackage(directory: string): Promise<Pick<Layout, 'name' | 'globalTimer'>> {
  const path = join(directory, 'package.json');
  await demand(path, 'no_package', 'run canister-build in the folder of a canister package, or name that folder');
  const { name, [OPTIONS]: options = {} } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  if (typeof name !== 'string' || name === '') throw new BuildError('no_package', `${path} has no name`);
  return { name: name.slice(name.lastIndexOf('/') + 1), globalTimer: readOptions(path, options) };
}

/** The field of `package.json`. */
const OPTIONS = 'canister-build';

function readOptions(path: string, options: unknown): boolean {
  const { globalTimer = false, ...others } = Object(options) as Record<string, unknown>;
  const isObject = typeof options === 'object' && options !== null;
  if (isObject && typeof globalTimer === 'boolean' && Object.keys(others).length === 0) return globalTimer;
  const known = `write "${OPTIONS}": { "globalTimer": true }, or leave it out`;
  throw new BuildError('options_invalid', `the field ${OPTIONS} of ${path} is not understood: ${known}`);
}

async function demand(path: string, code: BuildErrorCode, advice: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw new BuildError(code, `${path} is missing: ${advice}`);
}

async function findAzle(directory: string): Promise<string> {
  const folder = enclosingPackage(resolveAzle(directory));
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
  if (version !== AZLE_VERSION) {
    const advice = `pin azle to ${AZLE_VERSION}, or teach canister-build the build steps of ${version}`;
    throw new BuildError('azle_version', `azle ${version} is installed: ${advice}`);
  }
  return folder;
}

/** azle does not export its package.json, so it is looked for upwards of a file that it does export. */
function enclosingPackage(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

function resolveAzle(directory: string): string {
  try {
    return createRequire(pathToFileURL(join(directory, 'package.json'))).resolve('azle');
  } catch (cause) {
    throw new BuildError('azle_missing', `azle cannot be resolved from ${directory}: add it as a dependency`, {
      cause,
    });
  }
}
