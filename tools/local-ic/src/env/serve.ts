/**
 * An instance of this process over HTTP, for agents and browsers, while whoever holds it decides when rounds run and what
 * time it is: for tests and demonstrations through real clients in which nothing happens unasked.
 */
import { createGateway } from '../http/gateway/serve.ts';
import { createInThreadHost } from '../http/local-host.ts';
import { createRounds } from '../http/rounds.ts';
import type { LocalIc } from '../types.ts';
import { realClock } from './clock.ts';
import { startHttpServer } from './http-server.ts';
import { createResponseVerifier } from './response-verifier.ts';

const KEY = 0;
const LOOPBACK = '127.0.0.1';

export interface ServeOptions {
  /** 0 and by default: any free one. */
  readonly port?: number;
  /** A call was accepted, and is answered once rounds have run. */
  readonly onAccepted: () => void;
}

export interface ServedIc {
  readonly url: string;
  /** Rounds have run: whoever waits for an answer looks again. */
  ranRounds(): void;
  close(): Promise<void>;
}

/** Serves the public HTTP API and the gateway on the loopback interface. Rejects with node's error if the port cannot be had. */
export async function serveLocalIc(ic: LocalIc, { port = 0, onAccepted }: ServeOptions): Promise<ServedIc> {
  const rounds = createRounds();
  rounds.onWanted(onAccepted);
  const host = createInThreadHost({
    createLocalIc: () => ic,
    onCanisterLog: () => {},
    verifyPage: createResponseVerifier(),
  });
  await host.create(KEY, {});
  const gateway = createGateway({
    host,
    clock: realClock,
    key: KEY,
    rounds,
    domains: { names: ['localhost'], any: false },
  });
  const server = await startHttpServer(gateway, { host: LOOPBACK, port });
  return { url: `http://${LOOPBACK}:${server.port}`, ranRounds: rounds.ended, close: server.close };
}
