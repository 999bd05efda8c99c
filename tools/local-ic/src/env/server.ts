/** The whole server in this process: the API, its instances in threads of their own, and a socket. */

import type { Listen } from '../http/gateways.ts';
import { createPocketIcApi } from '../http/pocket-ic.ts';
import type { CanisterLogLine } from '../types.ts';
import { realClock } from './clock.ts';
import { exposure } from './exposure.ts';
import { type ListenOptions, startHttpServer } from './http-server.ts';
import { createThreadPool } from './thread-pool.ts';

/** Where the server's output goes: canisters' prints apart from what the server itself says. */
export interface Output {
  readonly server: (line: string) => void;
  readonly canister: (line: string) => void;
}

export interface RunningServer {
  readonly port: number;
  /** Milliseconds since it was last used; 0 while a request is being answered. */
  idleMs(): number;
  close(): Promise<void>;
}

/** Milliseconds after which the first thread is started: when whoever waits for the server has seen that it is there. */
const WARM_AFTER_MS = 20;

/** Rejects with node's error (`EADDRINUSE`, …) if the address cannot be had. */
export async function startServer(listen: ListenOptions, output: Output): Promise<RunningServer> {
  const pool = createThreadPool({
    onCanisterLog: (entry) => output.canister(formatCanisterLog(entry)),
    onThreadLost: (reason) => output.server(`A thread ended, its instances are lost: ${reason}`),
  });
  const openGateway: Listen = (handler, options) => {
    const warning = exposure(options.host);
    if (warning !== null) output.server(`An HTTP gateway listens on ${options.host}. ${warning}`);
    return startHttpServer(handler, options);
  };
  const api = createPocketIcApi(pool, realClock, openGateway);
  const http = await startHttpServer(api, listen);
  const warming = setTimeout(pool.warm, WARM_AFTER_MS);
  return {
    port: http.port,
    idleMs: http.idleMs,
    async close() {
      clearTimeout(warming);
      await http.close();
      await api.end();
    },
  };
}

/** As PocketIC prints it: `2021-05-06 19:17:10.000000003 UTC: [Canister <id>] <text>`. */
export function formatCanisterLog({ canisterId, time, text }: CanisterLogLine): string {
  const seconds = new Date(Number(time / 1_000_000_000n) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const nanos = String(time % 1_000_000_000n).padStart(9, '0');
  return `${seconds}.${nanos} UTC: [Canister ${canisterId}] ${text}`;
}
