/** The server as clients see it: unmodified `@dfinity/pic` over its REST API. */
import { fileURLToPath } from 'node:url';
import { type ChatService, chatIdlFactory } from '@canister-backup/shared';
import { type Actor, PocketIc, PocketIcServer } from '@dfinity/pic';
import { IDL } from '@icp-sdk/core/candid';
import type { Bare } from './in-process.ts';
import { type Measure, median, timeAsync } from './measure.ts';
import type { Modules } from './modules.ts';

const BINARY = fileURLToPath(new URL('../../local-ic/bin/pocket-ic', import.meta.url));
const CALLS = { warmUp: 20, samples: 60 };

export async function measureServer(modules: Modules, bare: Bare): Promise<Measure[]> {
  const starts = await timeAsync(
    async () => {
      const server = await PocketIcServer.start({ binPath: BINARY });
      stops.push(server);
    },
    { samples: 5 },
  );
  const server = stops[0];
  if (server === undefined) throw new Error('no server was started');
  const pic = await PocketIc.create(server.getUrl());
  const { actor } = await pic.setupCanister<ChatService>({
    idlFactory: () => chatIdlFactory<IDL.ServiceClass>({ IDL }),
    wasm: Uint8Array.from(modules.chatGzip),
  });
  const chat: Actor<ChatService> = actor;
  const update = median(await timeAsync(async () => void (await chat.append('a message of ordinary length')), CALLS));
  const query = median(await timeAsync(async () => void (await chat.dump()), CALLS));
  await pic.tearDown();
  await Promise.all(stops.map((one) => one.stop()));
  const { samples } = CALLS;
  return [
    { name: 'server ready after spawn', value: median(starts), unit: 'ms', samples: starts.length, aim: 300 },
    { name: 'update, over REST', value: update, unit: 'ms', samples, ratio: update / bare.update },
    { name: 'query, over REST', value: query, unit: 'ms', samples, ratio: query / bare.query },
  ];
}

const stops: PocketIcServer[] = [];
