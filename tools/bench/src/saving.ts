/** Times of what keeps and brings back states: snapshots by management calls, checkpoints and forks by the facade. */
import { loadLocalIc } from 'local-ic';
import { chatAndBare, MESSAGE, replied, requestTo } from './chat.ts';
import { deleteSnapshot, loadSnapshot, takeSnapshot } from './management.ts';
import { type Taken, type Timed, time, timed, timeInTurn } from './measure.ts';
import type { Modules } from './modules.ts';
import { deployPair } from './pair.ts';

const SNAPSHOTS = { warmUp: 3, samples: 20 };
const FORKS = { warmUp: 20, samples: 100 };
const FIRST_CALLS = { warmUp: 3, samples: 20 };
const SAVES = { warmUp: 1, samples: 5 };

/** A message, a snapshot, the snapshot back, and away with it; each with the round that it takes. */
export function measureSnapshots(modules: Modules): Timed[] {
  const pair = chatAndBare(modules);
  const { network, chat } = pair;
  const append = requestTo(pair, 'append', [MESSAGE]);
  let snapshot: Uint8Array = new Uint8Array(0);
  const rows = timeInTurn(
    [
      () => replied(network.ic.call(append)),
      () => {
        snapshot = takeSnapshot(network, chat);
      },
      () => loadSnapshot(network, chat, snapshot),
      () => deleteSnapshot(network, chat, snapshot),
    ],
    SNAPSHOTS,
  );
  const column = (at: number) => rows.map((row) => row[at] as Taken);
  return [timed('take a snapshot of chat', column(1), SNAPSHOTS), timed('load it', column(2), SNAPSHOTS)];
}

export function measureForks(modules: Modules): Timed[] {
  const { network, chat } = deployPair(modules);
  const { ic } = network;
  const append = requestTo({ network, chat }, 'append', [MESSAGE]);
  const checkpoints = time(() => ic.checkpoint(), FORKS);
  const forks = time(() => ic.fork(), FORKS);
  // A fork is cheap because its first call pays for an instance; so both are told.
  const firstCalls = time(() => replied(ic.fork().call(append)), FIRST_CALLS);
  const saves = time(() => ic.save(), SAVES);
  const saved = ic.save();
  const loads = time(() => loadLocalIc(saved), SAVES);
  return [
    timed('checkpoint of the pair', checkpoints, FORKS),
    timed('fork of the pair', forks, FORKS, { of: 'ms', most: 50 }),
    timed('fork of the pair and an update in it', firstCalls, FIRST_CALLS),
    timed('save the pair to bytes', saves, SAVES),
    timed('load the pair from bytes', loads, SAVES),
  ];
}
