import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LocalIcError } from '../errors.ts';
import { isAlive } from './registry.ts';

interface Owner {
  readonly pid: number;
  /** Tells it from an older process with the same number; null where the system does not say. */
  readonly birth: string | null;
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
    const owner = ownerOf(lock);
    if (owner !== null && isRunning(owner)) {
      throw new LocalIcError(
        'state_in_use',
        `Another network uses the state in ${folder}: process ${owner.pid}. Stop it, or choose another --state-dir.`,
      );
    }
    rmSync(lock, { force: true });
  }
  throw new LocalIcError('state_in_use', `Another network has just taken the state in ${folder}.`);
}

function tryLock(lock: string): boolean {
  const owner: Owner = { pid: process.pid, birth: birthOf(process.pid) };
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

function ownerOf(lock: string): Owner | null {
  try {
    const { pid, birth = null } = JSON.parse(readFileSync(lock, 'utf8')) as Partial<Owner>;
    return Number.isInteger(pid) && Number(pid) > 0 ? { pid: Number(pid), birth } : null;
  } catch {
    return null;
  }
}

/** A number is given again: in a container that is started anew, often to the same program. */
function isRunning({ pid, birth }: Owner): boolean {
  if (!isAlive(pid)) return false;
  const now = birthOf(pid);
  return birth === null || now === null || birth === now;
}

/** Which start of the machine a process belongs to, and when after that it began (proc(5), fields of `stat`). */
function birthOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return `${boot} ${fields[19]}`;
  } catch {
    // Another system than Linux.
    return null;
  }
}
