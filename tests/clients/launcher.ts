/** A network as icp-cli starts one: through the launcher, which says in a status file where it is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const LAUNCHER = fileURLToPath(new URL('../../tools/local-ic/bin/network-launcher', import.meta.url));

export interface LauncherStatus {
  readonly v: string;
  readonly gateway_port: number;
  readonly root_key: string;
  readonly default_effective_canister_id: string;
}

export interface LaunchedNetwork {
  readonly url: string;
  readonly status: LauncherStatus;
  /** Ctrl-C; gives the exit code. */
  stop(): Promise<number | null>;
}

export async function startLauncher(): Promise<LaunchedNetwork> {
  const folder = mkdtempSync(join(tmpdir(), 'local-ic-launcher-'));
  const args = ['--interface-version', '1.1.0', '--bind', '127.0.0.1', '--domain=localhost', '--status-dir', folder];
  const child = spawn(LAUNCHER, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const first = await Promise.race([once(child.stdout, 'data'), ended]);
  if (!Array.isArray(first)) throw new Error(`network-launcher ended with ${first} before it was ready.`);
  const status = JSON.parse(readFileSync(join(folder, 'status.json'), 'utf8')) as LauncherStatus;
  rmSync(folder, { recursive: true });
  return {
    url: `http://127.0.0.1:${status.gateway_port}`,
    status,
    stop() {
      child.kill('SIGINT');
      return ended;
    },
  };
}
