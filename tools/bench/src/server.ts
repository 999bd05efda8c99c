/** Times of the server as clients see it: started as a process, called by unmodified `@dfinity/pic` over its REST API. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ChatService, chatIdlFactory } from '@canister-backup/shared';
import { PocketIc, PocketIcServer } from '@dfinity/pic';
import { IDL } from '@icp-sdk/core/candid';
import { bareCanister } from './bare.ts';
import { MESSAGE, MESSAGES_BEFORE } from './chat.ts';
import { beside, type Taken, type Timed, timed, timeInTurnAsync } from './measure.ts';
import type { Modules } from './modules.ts';

const BINARY = fileURLToPath(new URL('../../local-ic/bin/pocket-ic', import.meta.url));
const STARTS = { warmUp: 1, samples: 10 };
const CALLS = { warmUp: 50, samples: 100 };
const POLL_MS = 1;
const START_TIMEOUT_MS = 30_000;

/** From spawn to an answer to `GET /status`, the port taken from the port file as `@dfinity/pic` does. */
export async function measureStart(): Promise<Timed[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const servers: ChildProcess[] = [];
  try {
    const rows = await timeInTurnAsync(
      [
        async (index) => {
          const portFile = join(folder, `${index}.port`);
          const server = spawn(BINARY, ['--port-file', portFile], { stdio: 'ignore' });
          servers.push(server);
          await statusOf(await portIn(portFile));
        },
        () => stop(servers.pop()),
      ],
      STARTS,
    );
    const starts = rows.map(([start]) => start as Taken);
    return [timed('server ready after spawn', starts, STARTS, { of: 'ms', most: 300 })];
  } finally {
    await Promise.all(servers.map(stop));
    rmSync(folder, { recursive: true });
  }
}

async function portIn(portFile: string): Promise<number> {
  for (const started = performance.now(); performance.now() - started < START_TIMEOUT_MS; await sleep(POLL_MS)) {
    const port = Number.parseInt(readOr(portFile, ''), 10);
    if (Number.isInteger(port)) return port;
  }
  throw new Error(`no server wrote ${portFile} in ${START_TIMEOUT_MS} ms`);
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}

async function statusOf(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/status`);
  if (!response.ok) throw new Error(`GET /status answered ${response.status}`);
  await response.arrayBuffer();
}

async function stop(server: ChildProcess | undefined): Promise<void> {
  if (server === undefined || server.exitCode !== null) return;
  await new Promise((resolve) => {
    server.once('exit', resolve);
    server.kill();
  });
}

export async function measureRest(modules: Modules): Promise<Timed[]> {
  const server = await PocketIcServer.start({ binPath: BINARY });
  try {
    const pic = await PocketIc.create(server.getUrl());
    const idlFactory = () => chatIdlFactory<IDL.ServiceClass>({ IDL });
    const wasm = Uint8Array.from(modules.chatGzip);
    const { actor: chat } = await pic.setupCanister<ChatService>({ idlFactory, wasm });
    const bare = bareCanister(modules.chat);
    const append = new Uint8Array(IDL.encode([IDL.Text], [MESSAGE]));
    const nothing = new Uint8Array(IDL.encode([], []));
    const bareAppend = () => bare.call('canister_update append', append);
    for (let count = 0; count < MESSAGES_BEFORE; count += 1) {
      bareAppend();
      await chat.append(MESSAGE);
    }
    const queries = await timeInTurnAsync([() => bare.call('canister_query dump', nothing), () => chat.dump()], CALLS);
    const updates = await timeInTurnAsync([bareAppend, () => chat.append(MESSAGE)], CALLS);
    await pic.tearDown();
    const names = (call: string) => [`${call}, bare, in the client`, `${call}, over REST`];
    return [
      ...beside(updates, { names: names('update'), repetition: CALLS }),
      ...beside(queries, { names: names('query'), repetition: CALLS }),
    ];
  } finally {
    await server.stop();
  }
}
