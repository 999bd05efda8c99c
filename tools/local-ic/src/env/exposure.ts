import { BlockList, isIP, isIPv6 } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether only programs of this machine reach a server that listens there. */
export function isLoopback(host: string): boolean {
  return isIP(host) === 0 ? host === 'localhost' : LOOPBACK.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
}

/** What to tell whoever has opened a server to others; null for one on the loopback interface. */
export function exposure(host: string): string | null {
  if (isLoopback(host)) return null;
  return 'Other machines can reach it, and everybody who does can create and fund canisters.';
}
