/**
 * The folder in which a network keeps its state between two runs: `state.cbor`, replaced whole or not at all, and `lock`,
 * which says whose it is while it runs.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { LocalIcError } from '../errors.ts';

export interface StateFolder {
  /** Null for a folder without a state. */
  readonly saved: Uint8Array | null;
  save(state: Uint8Array): void;
  /** Lets the next network have it. */
  release(): void;
}

interface Owner {
  readonly pid: number;
}

/** Takes a folder, made if it is not there. `clean`: begins without what is in it. Throws `state_in_use`. */
export function openStateFolder(folder: string, { clean }: { readonly clean: boolean }): StateFolder {
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, 'lock');
  const file = join(folder, 'state.cbor');
  takeLock(folder, lock);
  if (clean) rmSync(file, { force: true });
  return {
    saved: existsSync(file) ? new Uint8Array(readFileSync(file)) : null,
    save(state) {
      const draft = `${file}.new`;
      writeWhole(draft, state);
      renameSync(draft, file);
      syncFolder(folder);
    },
    release: () => rmSync(lock, { force: true }),
  };
}

/** One that was left by a process which is gone is taken over. */
function takeLock(folder: string, lock: string): void {
  const owner: Owner = { pid: process.pid };
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const descriptor = openSync(lock, 'wx');
      writeSync(descriptor, JSON.stringify(owner));
      closeSync(descriptor);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = ownerOf(lock);
    if (pid !== null && isAlive(pid)) {
      throw new LocalIcError(
        'state_in_use',
        `Another network uses the state in ${folder}: process ${pid}. Stop it, or choose another --state-dir.`,
      );
    }
    rmSync(lock, { force: true });
  }
  throw new LocalIcError('state_in_use', `Another network has just taken the state in ${folder}.`);
}

function ownerOf(lock: string): number | null {
  try {
    const { pid } = JSON.parse(readFileSync(lock, 'utf8')) as Owner;
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function writeWhole(path: string, bytes: Uint8Array): void {
  const descriptor = openSync(path, 'w');
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes the new name last; not every system lets a folder be opened. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
