/** What snapshots, checkpoints and forks cost, and what a backup and a restore cost the chat. */
import {
  addController,
  answer,
  ask,
  CHAT,
  deploy,
  MANAGER,
  method,
  type Network,
  openNetwork,
  passTime,
  request,
  roundsDown,
  watchCall,
  watchRounds,
} from '@canister-backup/story';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { LocalIc, PrincipalText } from 'local-ic';
import { type Measure, median, time } from './measure.ts';
import type { Modules } from './modules.ts';

const SNAPSHOT = IDL.Record({ id: IDL.Vec(IDL.Nat8) });
const SERVICE = IDL.Service({
  take_canister_snapshot: IDL.Func([IDL.Record({ canister_id: IDL.Principal })], [SNAPSHOT], []),
  load_canister_snapshot: IDL.Func(
    [IDL.Record({ canister_id: IDL.Principal, snapshot_id: IDL.Vec(IDL.Nat8) })],
    [],
    [],
  ),
});
const MOST_SNAPSHOTS = 10;
const SIX_HOURS = 21_600_000_000_000n;

export function measureSnapshots(modules: Modules): Measure[] {
  const network = openNetwork();
  const chat = deploy(network, modules.chatGzip);
  watchRounds(network, chat);
  const canister_id = Principal.fromText(chat);
  const before = heldMegabytes(network.ic);

  const taken: Uint8Array[] = [];
  const take = time(
    () => {
      say(network, chat);
      taken.push(manage(network, 'take_canister_snapshot', { canister_id }) as Uint8Array);
    },
    { samples: MOST_SNAPSHOTS },
  );
  const held = heldMegabytes(network.ic);
  const sizes = network.ic.canister(chat)?.snapshots.map(({ size }) => Number(size) / 1_000_000) ?? [];
  const load = time((index) => manage(network, 'load_canister_snapshot', { canister_id, snapshot_id: taken[index] }), {
    samples: 5,
  });
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return [
    { name: 'append and take a snapshot', value: median(take), unit: 'ms', samples: take.length },
    { name: 'load a snapshot', value: median(load), unit: 'ms', samples: load.length },
    {
      name: `held for ${sizes.length} snapshots, counted ${Math.round(total)} MB`,
      value: held - before,
      unit: 'MB',
      samples: 1,
    },
  ];
}

export function measurePair(modules: Modules): Measure[] {
  const { network, manager, chat } = deployPair(modules);
  const checkpoint = time(() => network.ic.checkpoint(), { warmUp: 5, samples: 30 });
  const fork = time(() => network.ic.fork(), { warmUp: 5, samples: 30 });
  const append = request({ method: method(CHAT, chat, 'append'), args: ['one more'], sender: network.developer });
  const forkAndCall = time(() => void network.ic.fork().call(append), { warmUp: 3, samples: 10 });
  const save = time(() => network.ic.save(), { samples: 3 });
  const backup = roundsDown(passTime(network, chat, SIX_HOURS));
  const restore = { method: method(MANAGER, manager, 'restore'), args: [], sender: network.developer };
  const { answer: restored, seen } = watchCall(network, restore, chat);
  if (!/Ok = /.test(restored.text)) throw new Error(`restore answered ${restored.text}`);
  return [
    { name: 'checkpoint of the pair', value: median(checkpoint), unit: 'ms', samples: checkpoint.length },
    { name: 'fork of the pair', value: median(fork), unit: 'ms', samples: fork.length, aim: 50 },
    { name: 'fork and first update of the fork', value: median(forkAndCall), unit: 'ms', samples: forkAndCall.length },
    { name: 'save of the pair to bytes', value: median(save), unit: 'ms', samples: save.length },
    { name: 'downtime of a backup', value: backup, unit: 'rounds', samples: 1, aim: 2 },
    { name: 'downtime of a restore', value: roundsDown(seen), unit: 'rounds', samples: 1, aim: 2 },
  ];
}

function deployPair(modules: Modules): { network: Network; manager: PrincipalText; chat: PrincipalText } {
  const network = openNetwork();
  const manager = deploy(network, modules.managerGzip);
  const chat = deploy(network, modules.chatGzip);
  addController(network, chat, manager);
  const register = method(MANAGER, manager, 'register');
  const { text } = ask(network, { method: register, args: [{ canister: Principal.fromText(chat), policy: [] }] });
  if (!/Ok = /.test(text)) throw new Error(`register answered ${text}`);
  watchRounds(network, chat);
  return { network, manager, chat };
}

function say(network: Network, chat: PrincipalText): void {
  const { kind, text } = ask(network, { method: method(CHAT, chat, 'append'), args: ['one more'] });
  if (kind === 'reject') throw new Error(text);
}

/** A management call; returns the id of the snapshot if it makes one. */
function manage(network: Network, name: string, argument: unknown): unknown {
  const called = method(SERVICE, 'aaaaa-aa' as PrincipalText, name);
  const result = network.ic.call(request({ method: called, args: [argument], sender: network.developer }));
  const given = answer(called, result);
  if (given.kind === 'reject') throw new Error(given.text);
  return (given.values[0] as { id: Uint8Array } | undefined)?.id;
}

/** Bytes that a subnet holds, in MB, each shared page and module once. */
function heldMegabytes(ic: LocalIc): number {
  const { pageBytes, moduleBytes } = ic.heldBytes();
  return (pageBytes + moduleBytes) / 1_000_000;
}
