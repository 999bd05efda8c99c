/** Times of the engine in this process, through its facade, beside the bare call. */

import { gzipSync } from 'node:zlib';
import { deploy, openNetwork } from '@canister-backup/story';
import { chatAndBare, growBoth, MESSAGE, type Pair, replied, requestTo } from './chat.ts';
import { beside, type Timed, time, timed, timeInTurn } from './measure.ts';
import type { Modules } from './modules.ts';

const MIB = 1024 * 1024;
/** What the aim for updates is about: a canister that has been used. A fresh chat has a third of it. */
const GROWN = 10.5 * MIB;
const CALLS = { warmUp: 100, samples: 200 };
const COLD = { warmUp: 0, samples: 3 };
const CACHED = { warmUp: 1, samples: 10 };

export function measureInstalls(modules: Modules): Timed[] {
  const network = openNetwork();
  const fresh = Array.from({ length: COLD.samples }, (_, index) => gzipSync(withSection(modules.chat, index)));
  const cold = time((index) => deploy(network, fresh[index] as Uint8Array), COLD);
  const cached = time(() => deploy(network, modules.chatGzip), CACHED);
  return [timed('install chat, cold', cold, COLD), timed('install chat, module cached', cached, CACHED)];
}

/** The same module with another hash: a custom section more. */
function withSection(wasm: Uint8Array, index: number): Uint8Array {
  return new Uint8Array([...wasm, 0, 2, 1, index]);
}

/** Of a fresh chat, and of one whose memory has grown: what the engine adds to a call depends on how much there is. */
export function measureCalls(modules: Modules): Timed[] {
  const small = measurePair(chatAndBare(modules), '');
  const grown = chatAndBare(modules);
  const bytes = growBoth(grown, GROWN);
  return [...small, ...measurePair(grown, ` of ${(bytes / MIB).toFixed(1)} MiB`)];
}

function measurePair(pair: Pair, suffix: string): Timed[] {
  const { network, bare } = pair;
  const [append, dump] = [requestTo(pair, 'append', [MESSAGE]), requestTo(pair, 'dump', [])];
  // First the queries: a dump tells every message, and updates add some.
  const queries = timeInTurn(
    [() => bare.call('canister_query dump', dump.payload), () => replied(network.ic.query(dump))],
    CALLS,
  );
  const updates = timeInTurn(
    [() => bare.call('canister_update append', append.payload), () => replied(network.ic.call(append))],
    CALLS,
  );
  const names = (call: string) => [`${call}${suffix}, bare`, `${call}${suffix}, in process`];
  return [
    ...beside(updates, { names: names('update'), repetition: CALLS, aim: { of: 'ratio', most: 4 } }),
    ...beside(queries, { names: names('query'), repetition: CALLS }),
  ];
}
