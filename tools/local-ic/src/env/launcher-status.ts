import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bytesToHex } from '../bytes.ts';
import type { ReadyNetwork } from './network.ts';

/** Tells icp-cli, which waits for a whole line in this file, where the network is and under which key. */
export function writeLauncherStatus(path: string, network: ReadyNetwork): void {
  const status = {
    v: '1',
    gateway_port: network.port,
    root_key: bytesToHex(network.rootKey),
    default_effective_canister_id: network.defaultEffectiveCanisterId,
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(status)}\n`);
}
