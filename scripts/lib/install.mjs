import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { bring } from './brought.mjs';
import { capture, Stop } from './run.mjs';
import { phase } from './terminal.mjs';

/**
 * The environment for everything we start. Nothing here phones home, and tools that insist on a home directory get one
 * inside the checkout when the machine has none.
 */
export function environment(root) {
  const env = {
    ...process.env,
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    DO_NOT_TRACK: '1',
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
  };
  env.HOME = usableHome(root);
  env.PATH = [join(root, '.cache/tools/node_modules/.bin'), join(root, 'node_modules/.bin'), process.env.PATH]
    .filter(Boolean)
    .join(delimiter);
  return env;
}

function usableHome(root) {
  for (const candidate of [process.env.HOME, homeOfUser()]) {
    if (candidate && isWritableDirectory(candidate)) return candidate;
  }
  const home = join(root, '.cache/home');
  mkdirSync(home, { recursive: true });
  return home;
}

function homeOfUser() {
  try {
    return userInfo().homedir;
  } catch {
    return undefined; // a user id without an entry in the user database, as in many containers
  }
}

function isWritableDirectory(path) {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Brings the pnpm that package.json's `packageManager` names, by version and hash. Global tools and corepack are left alone. */
export async function installPnpm(root, env) {
  await bring({ folder: join(root, '.cache/tools'), pin: pinnedPnpm(root), env, exit: 4, title: 'pnpm' });
}

function pinnedPnpm(root) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const found = /^pnpm@([\d.]+)\+sha512\.([0-9a-f]{128})$/.exec(packageManager);
  if (!found)
    throw new Stop(4, 'package.json must name its package manager as "pnpm@<version>+sha512.<128 hex digits>".');
  return { name: 'pnpm', version: found[1], sha512: found[2] };
}

/** Installs the locked dependencies, unless the last install was of exactly the same lockfile and package files. */
export async function installDependencies(root, env) {
  const stampFile = join(root, 'node_modules/.canister-backup-stamp');
  const stamp = installStamp(root);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const progress = phase('Installing dependencies');
  // What an install that is torn off leaves is neither the old nor the new.
  rmSync(stampFile, { force: true });
  const command = [
    'pnpm',
    'install',
    '--frozen-lockfile',
    '--prefer-offline',
    '--reporter=append-only',
    '--config.confirmModulesPurge=false',
  ];
  const onLine = (line) => progress.note(line.replace(/^.*\| /, '').trim());
  const { code, lines } = await capture(command, { cwd: root, env, onLine });
  if (code !== 0) {
    progress.fail();
    throw new Stop(
      5,
      'The dependencies could not be installed. Read the lines above, then run this again.',
      lines.slice(-60),
    );
  }
  writeFileSync(stampFile, stamp);
  progress.succeed();
}

function installStamp(root) {
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}`);
  const settings = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.pnpmfile.cjs', '.npmrc'];
  for (const file of [...settings, ...packageFiles(root)].filter((path) => existsSync(join(root, path)))) {
    hash.update(`\n${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** The package.json of every workspace package, relative to the root. */
export function packageFiles(root) {
  const folders = ['packages', 'tools'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
  );
  return ['.', 'tests', ...folders.sort()]
    .map((folder) => join(folder, 'package.json'))
    .filter((file) => existsSync(join(root, file)));
}
