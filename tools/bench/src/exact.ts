/** What costs the same in every run: rounds, instructions, changed pages, bytes. */
import { CHAT, MANAGER, method, type Network, passTime, roundsDown, watchCall } from '@canister-backup/story';
import type { ExecutionResultEvent, LocalIc } from 'local-ic';
import { chatAndBare, expectOk, MESSAGE, type Pair, replied, requestTo } from './chat.ts';
import { takeSnapshot } from './management.ts';
import type { Exact } from './measure.ts';
import type { Modules } from './modules.ts';
import { deployPair } from './pair.ts';

const MOST_SNAPSHOTS = 10;
const SIX_HOURS = 21_600_000_000_000n;

export function measureExactly(modules: Modules): Exact[] {
  return [...downtimes(modules), ...calls(chatAndBare(modules)), ...snapshots(chatAndBare(modules))];
}

/** A backup by the manager's timer and a restore by call. */
function downtimes(modules: Modules): Exact[] {
  const { network, manager, chat } = deployPair(modules);
  const saved = network.ic.save().length;
  const backup = counted(network, (counting) => passTime(counting, chat, SIX_HOURS));
  // Without a change, there would be nothing to restore.
  const append = { method: method(CHAT, chat, 'append'), args: [MESSAGE], sender: network.developer };
  watchCall(backup.network, append, chat);
  const restore = { method: method(MANAGER, manager, 'restore'), args: [], sender: network.developer };
  const restored = counted(backup.network, (counting) => watchCall(counting, restore, chat));
  expectOk('restore', restored.result.answer);
  if (!backup.result.some(({ status }) => status === 'stopped')) throw new Error('no backup was made');
  return [
    { kind: 'exact', name: 'backup: chat is down', value: roundsDown(backup.result), unit: 'rounds', aim: 2 },
    { kind: 'exact', name: 'backup: executed by the manager', value: backup.of(manager), unit: 'instructions' },
    { kind: 'exact', name: 'backup: executed in both canisters', value: backup.instructions, unit: 'instructions' },
    { kind: 'exact', name: 'restore: chat is down', value: roundsDown(restored.result.seen), unit: 'rounds', aim: 4 },
    { kind: 'exact', name: 'restore: call to answer', value: restored.result.seen.length, unit: 'rounds' },
    { kind: 'exact', name: 'restore: executed in both canisters', value: restored.instructions, unit: 'instructions' },
    { kind: 'exact', name: 'state of the deployed pair, saved', value: saved, unit: 'bytes' },
  ];
}

interface Counted<T> {
  readonly network: Network;
  readonly result: T;
  readonly instructions: number;
  /** The instructions of one canister. */
  readonly of: (canister: string) => number;
}

/** Instructions of all executions while `work` runs, on a fork that listens. */
function counted<T>(network: Network, work: (network: Network) => T): Counted<T> {
  let sum = 0n;
  const each = new Map<string, bigint>();
  const executed = ({ canisterId, instructions }: ExecutionResultEvent) => {
    sum += instructions;
    each.set(canisterId, (each.get(canisterId) ?? 0n) + instructions);
  };
  const listening = { ...network, ic: network.ic.fork({ interceptor: { executed } }) };
  const result = work(listening);
  const of = (canister: string) => Number(each.get(canister) ?? 0n);
  return { network: listening, result, instructions: Number(sum), of };
}

function calls(pair: Pair): Exact[] {
  const { ic } = pair.network;
  const submitted = ic.submit(requestTo(pair, 'append', [MESSAGE]));
  if (submitted.kind === 'refused') throw new Error(submitted.reject.message);
  const { instructions, changedPages } = ic.tick();
  const dump = counted(pair.network, ({ ic: fork }) => replied(fork.query(requestTo(pair, 'dump', []))));
  const memory = ic.canister(pair.chat)?.wasmMemorySize ?? 0;
  return [
    { kind: 'exact', name: 'chat: Wasm memory', value: memory, unit: 'bytes' },
    { kind: 'exact', name: 'append: executed', value: Number(instructions), unit: 'instructions' },
    { kind: 'exact', name: 'append: changed, of 4 KiB', value: changedPages, unit: 'pages' },
    { kind: 'exact', name: 'dump of 11 messages: executed', value: dump.instructions, unit: 'instructions' },
  ];
}

/** Ten snapshots of a chat that gets one message before each. */
function snapshots(pair: Pair): Exact[] {
  const { ic } = pair.network;
  const before = held(ic);
  const after: number[] = [];
  for (let count = 0; count < MOST_SNAPSHOTS; count += 1) {
    replied(ic.call(requestTo(pair, 'append', [MESSAGE])));
    takeSnapshot(pair.network, pair.chat);
    after.push(held(ic));
  }
  const [one = 0, ten = 0] = [after[0], after.at(-1)];
  const size = Number(ic.canister(pair.chat)?.snapshots[0]?.size ?? 0);
  return [
    { kind: 'exact', name: 'one snapshot: size as the IC counts it', value: size, unit: 'bytes' },
    { kind: 'exact', name: 'held: chat without a snapshot', value: before, unit: 'bytes' },
    { kind: 'exact', name: 'held: with one snapshot', value: one, unit: 'bytes' },
    { kind: 'exact', name: 'held: with ten, one message apart', value: ten, unit: 'bytes' },
    { kind: 'exact', name: 'held: chat and ten, in chats without', value: ten / before, unit: 'images', aim: 2 },
  ];
}

/** Bytes of memories and modules, each shared page and module once. */
function held(ic: LocalIc): number {
  const { pageBytes, moduleBytes } = ic.heldBytes();
  return pageBytes + moduleBytes;
}
