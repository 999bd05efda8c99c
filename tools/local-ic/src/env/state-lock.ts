import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LocalIcError } from '../errors.ts';
import { isAlive } from './registry.ts';

interface Owner {
  readonly pid: number;
}

/**
 * Takes a state folder, made if it is not there, for this process: the file `lock` in it says whose it is. Gives what
 * lets it go again. Throws `state_in_use`. One that was left by a process which is gone is taken over.
 */
export function lockStateFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, 'lock');
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if (tryLock(lock)) return () => rmSync(lock, { force: true });
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

function tryLock(lock: string): boolean {
  const owner: Owner = { pid: process.pid };
  try {
    const descriptor = openSync(lock, 'wx');
    writeSync(descriptor, JSON.stringify(owner));
    closeSync(descriptor);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function ownerOf(lock: string): number | null {
  try {
    const { pid } = JSON.parse(readFileSync(lock, 'utf8')) as Owner;
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}
