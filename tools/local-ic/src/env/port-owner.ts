import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTENING = '0A';

/** Which process listens on a port, as far as this system and its rights let one know; or null. */
export function portOwner(port: number): string | null {
  try {
    const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listening(table, port)));
    if (inodes.size === 0) return null;
    const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && hasSocket(name, inodes));
    return pid === undefined ? null : `${commandOf(pid)} (process ${pid})`;
  } catch {
    // Another system than Linux.
    return null;
  }
}

/** Inodes of the sockets that listen on a port. */
function listening(table: string, port: number): string[] {
  const lines = readFileSync(table, 'utf8').trim().split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const isIt = state === LISTENING && Number.parseInt(local.split(':')[1] ?? '', 16) === port;
    return isIt ? [`socket:[${inode}]`] : [];
  });
}

function hasSocket(pid: string, sockets: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((descriptor) => sockets.has(linkOf(`/proc/${pid}/fd/${descriptor}`)));
  } catch {
    // Somebody else's process, or one that has just ended.
    return false;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function commandOf(pid: string): string {
  const parts = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    .split('\0')
    .filter((part) => part !== '');
  return parts.slice(0, 3).join(' ') || 'a program';
}
