// What is brought from the npm registry beside the locked dependencies: one package in a folder of its own below .cache/.
//
// The tarball is held to a hash that is written in the repository, before anything of it is unpacked. What was unpacked
// is sealed: a hash over every file, its name and whether it may be run. Each command compares the seal again, so that
// what another hash named, a fetch that was torn off, and a bit that flipped since are all brought again, and never run.
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { capture, Stop } from './run.mjs';
import { phase } from './terminal.mjs';

/** Beside node_modules; what it seals lies in there. */
const SEAL = 'seal';

/**
 * @typedef {{ name: string, version: string, sha512: string }} Pin the hash of the tarball, in hex
 * @param {{ folder: string, pin: Pin, env: NodeJS.ProcessEnv, exit: number, title: string }} options `exit` is the code if it
 *   cannot be had as it should be
 */
export async function bring({ folder, pin, env, exit, title }) {
  if (isWhole(folder, pin)) return;
  const progress = phase(`Getting ${title} ${pin.version}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  // Under another name until it is whole: a fetch that is torn off leaves nothing that looks like one.
  const arriving = mkdtempSync(`${folder}.arriving-`);
  try {
    await fetchInto(arriving, { pin, env, exit });
    writeFileSync(join(arriving, SEAL), seal(arriving, pin));
    moveInto(folder, { arriving, pin });
  } catch (error) {
    progress.fail();
    throw error;
  } finally {
    removeArriving(folder, arriving);
  }
  progress.succeed();
}

async function fetchInto(arriving, { pin, env, exit }) {
  const wanted = `${pin.name}@${pin.version}`;
  const options = { cwd: arriving, env };
  const packed = await capture(['npm', 'pack', wanted, '--ignore-scripts'], options);
  const tarball = readdirSync(arriving).find((file) => file.endsWith('.tgz'));
  if (packed.code !== 0 || tarball === undefined) {
    const advice = 'Check the network and `npm ping`, then run this again.';
    throw new Stop(exit, `${wanted} could not be had from the npm registry. ${advice}`, packed.lines);
  }
  const received = createHash('sha512')
    .update(readFileSync(join(arriving, tarball)))
    .digest('hex');
  if (received !== pin.sha512) {
    throw new Stop(
      exit,
      `The registry served another ${wanted} than this repository names. It was removed; check the registry.`,
      [`expected sha512 ${pin.sha512}`, `received sha512 ${received}`],
    );
  }
  const unpack = ['npm', 'install', '--prefix', arriving, '--no-save', '--ignore-scripts', '--offline', `./${tarball}`];
  const { code, lines } = await capture(unpack, options);
  if (code !== 0)
    throw new Stop(exit, `${wanted} could not be unpacked. Read the lines above, then run this again.`, lines);
  rmSync(join(arriving, tarball));
}

/** Another process may have brought the same meanwhile. */
function moveInto(folder, { arriving, pin }) {
  try {
    renameSync(arriving, folder);
  } catch (error) {
    if (!isWhole(folder, pin)) throw error;
  }
}

/** Its own, and what was left of those that were torn off. */
function removeArriving(folder, own) {
  rmSync(own, { recursive: true, force: true });
  const parent = dirname(folder);
  for (const name of readdirSync(parent).filter((each) => each.startsWith(`${basename(folder)}.arriving-`))) {
    const age = Date.now() - lstatSync(join(parent, name)).mtimeMs;
    if (age > TORN_OFF_MS) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** Milliseconds after which a fetch that has not ended was torn off. */
const TORN_OFF_MS = 3_600_000;

/** Whether a folder is what was brought for the pin, bit for bit. */
export function isWhole(folder, pin) {
  const file = join(folder, SEAL);
  return existsSync(file) && readFileSync(file, 'utf8') === seal(folder, pin);
}

function seal(folder, { name, version, sha512 }) {
  const hash = createHash('sha256').update(`${name} ${version} ${sha512}\n`);
  for (const path of readdirSync(folder, { recursive: true }).sort()) {
    if (path === SEAL || path.endsWith('.tgz')) continue;
    const stat = lstatSync(join(folder, path));
    const bytes = stat.isSymbolicLink()
      ? readlinkSync(join(folder, path))
      : stat.isFile()
        ? readFileSync(join(folder, path))
        : '';
    hash.update(`${path} ${stat.mode & 0o170111} ${bytes.length}\n`).update(bytes);
  }
  return `${hash.digest('hex')}\n`;
}
