/**
 * The story of `npm start`: a chat loses every message to a bug in its spam filter, and one call brings them back from a
 * snapshot that the backup manager took by itself. Everything happens on two real canisters; what is printed under a
 * command is what the canister answered, and a claim that does not hold ends the story.
 */
import {
  type CandidPage,
  type CandidRestoreReport,
  type CandidRun,
  type CandidSnapshot,
  type CandidTarget,
  count,
  duration,
  megabytes,
  policyArg,
  when,
} from '@canister-backup/shared';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { SnapshotView } from 'local-ic';
import type { Client } from '../net/client.ts';
import { passTime, roundsDown, watchRounds } from '../net/rounds.ts';
import { addControllerCommands, deployCommands, listSnapshotsCommands } from '../paper/commands.ts';
import { hex } from '../paper/format.ts';
import type { Paper } from '../paper/paper.ts';
import {
  chatMethod,
  claim,
  managerMethod,
  okOf,
  showRounds,
  type Teller,
  tell,
  tellExpecting,
  tellWatching,
} from './teller.ts';

const MESSAGE = 'Hi there!';
const SECOND = 1_000_000_000n;
const INTERVAL_SECONDS = 21_600n;
/** `dump` has no naturals in its answer, so its size has to do: it falls when messages are lost. */
const PROBE = {
  method: 'dump',
  arg: new Uint8Array(IDL.encode([], [])),
  tripwires: [{ measure: { reply_bytes: null }, at_least: [] as [], shrinks_at_most_percent: [20] as [number] }],
};
const POLICY = policyArg({
  schedule: { every_seconds: INTERVAL_SECONDS },
  keep: 8,
  mode: { stop: null },
  probe: [PROBE],
});
const ON_MAINNET = 'on mainnet a round takes about a second';
/** Between the backup and the loss. */
const LATER = 20n * 60n * SECOND;
const INTERVAL = INTERVAL_SECONDS * SECOND;

export interface Modules {
  readonly manager: Uint8Array;
  readonly chat: Uint8Array;
}

export async function tellStory(client: Client, paper: Paper, modules: Modules): Promise<void> {
  paper.title('Canister backup: lose every message of a chat, and bring them back');
  paper.prose(
    'An Internet Computer runs inside this process, and on it two real canisters, as WebAssembly. Each command is carried ' +
      'out by @dfinity/agent over HTTP, certificates checked; what stands below it is the answer of the canister. dfx and ' +
      'icp are not needed here: their commands show what to type elsewhere.',
  );
  const teller = await tellDeploy(client, paper, modules);
  await tellWriting(teller);
  await tellProtect(teller);
  const snapshot = await tellBackup(teller);
  await tellLoss(teller);
  await tellSuspect(teller, snapshot);
  await tellRestore(teller, snapshot);
  tellClosing(teller, snapshot);
}

/** Installs both canisters and gives the manager control of the chat. */
export async function tellDeploy(client: Client, paper: Paper, modules: Modules): Promise<Teller> {
  const { network } = client;
  paper.heading(1, 'Deploy');
  paper.commands(deployCommands('backup-manager'));
  const manager = await client.deploy(modules.manager);
  paper.answer(manager);
  paper.commands(deployCommands('chat'));
  const chat = await client.deploy(modules.chat);
  paper.answer(chat);

  paper.prose('The manager becomes one more controller of the chat. Whoever controlled it before still does.');
  paper.commands(addControllerCommands('chat', manager));
  const before = network.ic.canister(chat)?.controllers ?? [];
  await client.addController(chat, manager);
  const controllers = network.ic.canister(chat)?.controllers ?? [];
  claim(
    [...before, manager].every((id) => controllers.includes(id)),
    'the manager should control the chat as well',
  );
  paper.facts(controllers.map((id) => ['controller', id === manager ? `${id} (backup-manager)` : id]));

  watchRounds(network, chat);
  return { client, paper, manager, chat };
}

/** Puts the chat under backup: the first one follows at once. */
export async function tellProtect(teller: Teller): Promise<void> {
  const { chat, paper } = teller;
  paper.prose('From now on the manager backs the chat up, every 6 hours.');
  const target = okOf<CandidTarget<Principal>>(
    await tell(teller, managerMethod(teller, 'register'), [{ canister: Principal.fromText(chat), policy: [POLICY] }]),
    'register',
  );
  claim(target.canister.toText() === chat, 'register should have answered for the chat');
}

async function tellWriting(teller: Teller): Promise<void> {
  teller.paper.heading(2, 'Somebody writes, and the chat is put under backup');
  await tellExpecting(teller, chatMethod(teller, 'append'), [MESSAGE], '()');
  await tellExpecting(teller, chatMethod(teller, 'dump'), [], `(vec { "${MESSAGE}" })`);
}

/** The manager's timer makes a backup; nobody calls anything. */
async function tellBackup(teller: Teller): Promise<CandidSnapshot<Principal>> {
  const { client, paper, chat } = teller;
  const { network } = client;
  const { ic } = network;
  paper.heading(3, 'The first backup follows at once');
  paper.aside("Nobody calls anything; the manager's timer fires.");
  const seen = passTime(network, chat, SECOND);
  showRounds(teller, seen);
  const down = roundsDown(seen);

  paper.prose('What the IC keeps now:');
  paper.commands(listSnapshotsCommands('chat'));
  const kept = ic.canister(chat)?.snapshots ?? [];
  const [taken] = kept;
  claim(kept.length === 1 && taken !== undefined, `there should be one snapshot of the chat, there are ${kept.length}`);
  paper.answer(`${hex(taken.id)}: ${megabytes(taken.size)}, taken at ${when(taken.takenAt)}`);
  paper.facts([
    ['size', partsOf(taken)],
    ['downtime', `${count(down, 'round')} (${ON_MAINNET})`],
  ]);
  claim(ic.canister(chat)?.status === 'running', 'the chat should run again after its backup');

  paper.prose('What the manager wrote down:');
  const snapshots = okOf<CandidPage<CandidSnapshot<Principal>, Principal>>(
    await tell(teller, managerMethod(teller, 'snapshots'), [[]]),
    'snapshots',
  );
  const [listed] = snapshots.items;
  claim(listed?.good === true, 'the manager should list one good snapshot');
  claim(listed.fingerprint[0]?.certainty === 'exact', 'nothing should have run between the snapshot and the probe');
  claim(hex(listed.snapshot_id) === hex(taken.id), 'the manager and the IC should mean the same snapshot');
  claim(listed.total_size === taken.size, 'the manager and the IC should agree on its size');
  await showRun(teller, listed.run_id);
  return listed;
}

/** The steps of a run as the manager's journal has them. */
async function showRun(teller: Teller, id: bigint): Promise<void> {
  const asked = await teller.client.ask({ method: managerMethod(teller, 'runs'), args: [[]] });
  const { items } = okOf<CandidPage<CandidRun<Principal>, bigint>>(asked, 'runs');
  const run = items.find(({ run_id }) => run_id === id);
  claim(run?.started_again === true && run.outcome === 'succeeded', `the manager should call run ${id} a success`);
  const steps = run.steps.map(({ name }) => name).join(', ');
  teller.paper.facts([
    [`run ${id}`, `${run.kind}, asked for by the ${run.asked_by}, ${run.outcome}`],
    ['steps', steps],
  ]);
}

function partsOf({ size, wasmMemorySize, stableMemorySize, wasmModuleSize }: SnapshotView): string {
  const parts = [
    `${megabytes(stableMemorySize)} stable memory`,
    `${megabytes(wasmMemorySize)} Wasm memory`,
    `${megabytes(wasmModuleSize)} module`,
  ];
  return `${megabytes(size)} = ${parts.join(' + ')}`;
}

async function tellLoss(teller: Teller): Promise<void> {
  const { client, paper, chat } = teller;
  const { network } = client;
  paper.heading(4, 'The spam filter loses everything');
  paper.aside(`Time is fast-forwarded by ${duration(LATER)}, to ${when(network.ic.time() + LATER)}.`);
  passTime(network, chat, LATER);
  await tellExpecting(teller, chatMethod(teller, 'remove_spam'), [], '(0 : nat64)');
  paper.prose(
    'No spam was found. But the filter had taken the messages out to look at them, and did not put them back:',
  );
  await tellExpecting(teller, chatMethod(teller, 'dump'), [], '(vec {})');
  paper.prose('And the chat is broken for good: the counter beside the messages no longer agrees with them.');
  const refused = await tell(teller, chatMethod(teller, 'append'), ['Is anybody here?']);
  claim(refused.kind === 'reject', 'append should have trapped on the damaged state');
}

/** Nobody has noticed, and the next backup is of a chat without messages. It must not be what restore picks. */
async function tellSuspect(teller: Teller, good: CandidSnapshot<Principal>): Promise<void> {
  const { client, paper, chat } = teller;
  const { network } = client;
  const { ic } = network;
  paper.heading(5, 'Nobody notices, and the timer goes on');
  const wait = INTERVAL - LATER;
  paper.aside(`Time is fast-forwarded by ${duration(wait)}, to ${when(ic.time() + wait)}: the next backup is due.`);
  passTime(network, chat, wait);
  const asked = await client.ask({ method: managerMethod(teller, 'snapshots'), args: [[]] });
  const { items } = okOf<CandidPage<CandidSnapshot<Principal>, Principal>>(asked, 'snapshots');
  const [suspect, last] = items;
  claim(items.length === 2 && suspect !== undefined, `the manager should list two snapshots, it lists ${items.length}`);
  claim(suspect.doubt[0]?.kind === 'suspect' && !suspect.good, 'the snapshot of an emptied chat should be suspect');
  claim(
    last?.good === true && hex(last.snapshot_id) === hex(good.snapshot_id),
    'the good snapshot should still be there',
  );
  paper.prose(
    'Behind every take the manager asks the chat to dump, and compares the size of the answer with that in the last good ' +
      'snapshot. This one is suspect: restore will pass over it, and it never takes the place of a good one.',
  );
  paper.facts(items.map((item) => [hex(item.snapshot_id), verdictOf(item)]));
}

function verdictOf({ doubt, fingerprint }: CandidSnapshot<Principal>): string {
  const [found] = doubt;
  const size = `dump answers ${fingerprint[0]?.reply_bytes[0]} bytes`;
  return found === undefined ? `good: ${size}` : `${found.kind}: ${size} (${found.reasons.map(({ code }) => code)})`;
}

async function tellRestore(teller: Teller, snapshot: CandidSnapshot<Principal>): Promise<void> {
  const { client, paper, chat } = teller;
  const { network } = client;
  paper.heading(6, 'One call brings it back');
  const { answer, seen } = await tellWatching(teller, managerMethod(teller, 'restore'));
  const report = okOf<CandidRestoreReport<Principal>>(answer, 'restore');
  claim(hex(report.snapshot_id) === hex(snapshot.snapshot_id), 'restore should have passed over the suspect of act 5');
  claim(network.ic.canister(chat)?.status === 'running', 'the chat should run again after its restore');
  showRounds(teller, seen);
  paper.facts([['downtime', count(roundsDown(seen), 'round')]]);
  await tellExpecting(teller, chatMethod(teller, 'dump'), [], `(vec { "${MESSAGE}" })`);
  await tellExpecting(teller, chatMethod(teller, 'append'), ['We are back.'], '()');
  await tellExpecting(teller, chatMethod(teller, 'dump'), [], `(vec { "${MESSAGE}"; "We are back." })`);
}

function tellClosing({ client: { network }, paper }: Teller, snapshot: CandidSnapshot<Principal>): void {
  paper.heading(7, 'What happened');
  paper.prose(
    'Every message was lost to a bug. One call without arguments brought back what was there ' +
      `${duration(network.ic.time() - snapshot.taken_at)} ago, at the last good backup. The manager had made it by itself, and had set the later one aside.`,
  );
  paper.prose('Next:');
  paper.facts([
    ['npm run play', 'both canisters on a network at 127.0.0.1:4943, for icp, dfx and agents'],
    ['npm test', 'everything this repository promises, tested'],
    ['npm run bench', 'how fast it is, and what a backup costs'],
  ]);
  paper.space();
}
