/** The engine in this process, through its facade, beside the bare call. */
import { CHAT, deploy, method, openNetwork, request } from '@canister-backup/story';
import type { LocalIc } from 'local-ic';
import { bareCanister } from './bare.ts';
import { type Measure, median, time, timeInTurn } from './measure.ts';
import type { Modules } from './modules.ts';

const CALLS = { warmUp: 20, samples: 60 };

export interface Bare {
  /** Median milliseconds. */
  readonly update: number;
  readonly query: number;
}

/** Install, update and query; the bare call is measured in turn with it, on the same module with the same messages. */
export function measureCalls(modules: Modules): { bare: Bare; measures: Measure[] } {
  const cold = openNetwork();
  const [coldInstall = Number.NaN] = time(() => deploy(cold, modules.chatGzip), { samples: 1 });
  const cached = time(() => deploy(cold, modules.chatGzip), { samples: 5 });

  const network = openNetwork();
  const chat = deploy(network, modules.chatGzip);
  const sender = network.developer;
  const append = request({ method: method(CHAT, chat, 'append'), args: ['a message of ordinary length'], sender });
  const dump = request({ method: method(CHAT, chat, 'dump'), args: [], sender });

  const alone = bareCanister(modules.chat);
  const [bareUpdate, update] = timeInTurn(
    () => alone.call('canister_update append', append.payload),
    () => replied(network.ic.call(append)),
    CALLS,
  );
  const [bareQuery, query] = timeInTurn(
    () => alone.call('canister_query dump', dump.payload),
    () => replied(network.ic.query(dump)),
    CALLS,
  );
  const samples = CALLS.samples;
  const measures: Measure[] = [
    { name: 'install chat, cold', value: coldInstall, unit: 'ms', samples: 1 },
    { name: 'install chat, module cached', value: median(cached), unit: 'ms', samples: cached.length },
    { name: 'update, bare Wasm', value: bareUpdate, unit: 'ms', samples, ratio: 1 },
    { name: 'update, in process', value: update, unit: 'ms', samples, ratio: update / bareUpdate, aim: 4 },
    { name: 'query, bare Wasm', value: bareQuery, unit: 'ms', samples, ratio: 1 },
    { name: 'query, in process', value: query, unit: 'ms', samples, ratio: query / bareQuery },
  ];
  return { bare: { update: bareUpdate, query: bareQuery }, measures };
}

function replied(result: ReturnType<LocalIc['call']>): void {
  if (result.kind === 'reject') throw new Error(result.reject.message);
}
