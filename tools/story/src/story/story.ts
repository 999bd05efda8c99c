/**
 * The story of `npm start`: a chat loses every message to a bug in its spam filter, and one call brings them back from a
 * snapshot that the backup manager took by itself. Everything happens on two real canisters; what is printed under a
 * command is what the canister answered, and a claim that does not hold ends the story.
 */
import type { CandidPage, CandidRestoreReport, CandidRun, CandidSnapshot, CandidTarget } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import type { SnapshotView } from 'local-ic';
import { addController, deploy, type Network } from '../net/network.ts';
import { passTime, roundsDown, watchRounds } from '../net/rounds.ts';
import { addControllerCommands, deployCommands, listSnapshotsCommands } from '../paper/commands.ts';
import { count, duration, hex, megabytes, utc } from '../paper/format.ts';
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
const POLICY = { schedule: { every_seconds: 21_600n }, keep: 8, mode: { stop: null } };
const NO_CALL_DOWN = 'On mainnet a round takes about a second.';

export interface Modules {
  readonly manager: Uint8Array;
  readonly chat: Uint8Array;
}

export function tellStory(network: Network, paper: Paper, modules: Modules): void {
  paper.title('Canister backup: lose every message of a chat, and bring them back');
  paper.prose(
    'An Internet Computer runs inside this process, and on it two real canisters, as WebAssembly. What stands below ' +
      "a command is the canister's own answer. dfx and icp are not needed here: their commands show what to type elsewhere.",
  );
  const teller = tellDeploy(network, paper, modules);
  tellWriting(teller);
  const snapshot = tellBackup(teller);
  tellLoss(teller);
  tellRestore(teller, snapshot);
  tellClosing(teller, snapshot);
}

/** Installs both canisters and puts the chat under backup. */
export function tellDeploy(network: Network, paper: Paper, modules: Modules): Teller {
  paper.heading(1, 'Deploy');
  paper.commands(deployCommands('backup-manager'));
  const manager = deploy(network, modules.manager);
  paper.answer(manager);
  paper.commands(deployCommands('chat'));
  const chat = deploy(network, modules.chat);
  paper.answer(chat);

  paper.prose('The manager becomes one more controller of the chat. Whoever controlled it before still does.');
  paper.commands(addControllerCommands('chat', manager));
  const before = network.ic.canister(chat)?.controllers ?? [];
  addController(network, chat, manager);
  const controllers = network.ic.canister(chat)?.controllers ?? [];
  claim(
    [...before, manager].every((id) => controllers.includes(id)),
    'the manager should control the chat as well',
  );
  paper.fact('controls', controllers.map((id) => (id === manager ? 'backup-manager' : `developer ${id}`)).join('\n'));

  const teller = { network, paper, manager, chat };
  const target = okOf<CandidTarget<Principal>>(
    tell(teller, managerMethod(teller, 'register'), [{ canister: Principal.fromText(chat), policy: [POLICY] }]),
    'register',
  );
  claim(target.canister.toText() === chat, 'register should have answered for the chat');
  watchRounds(network, chat);
  return teller;
}

function tellWriting(teller: Teller): void {
  teller.paper.heading(2, 'Somebody writes');
  tellExpecting(teller, chatMethod(teller, 'append'), [MESSAGE], '()');
  tellExpecting(teller, chatMethod(teller, 'dump'), [], `(vec { "${MESSAGE}" })`);
}

/** The manager's timer makes a backup; nobody calls anything. */
function tellBackup(teller: Teller): CandidSnapshot<Principal> {
  const { network, paper, chat } = teller;
  const { ic } = network;
  paper.heading(3, 'Time passes');
  const interval = POLICY.schedule.every_seconds * 1_000_000_000n;
  paper.aside(
    `Time is fast-forwarded by ${duration(interval)}, to ${utc(ic.time() + interval)}. Nobody calls anything; ` +
      "the manager's timer fires.",
  );
  const seen = passTime(network, chat, interval);
  showRounds(teller, seen);
  const down = roundsDown(seen);

  paper.prose('What the IC keeps now:');
  paper.commands(listSnapshotsCommands('chat'));
  const kept = ic.canister(chat)?.snapshots ?? [];
  const [taken] = kept;
  claim(kept.length === 1 && taken !== undefined, `there should be one snapshot of the chat, there are ${kept.length}`);
  paper.answer(`${hex(taken.id)}: ${megabytes(taken.size)}, taken at ${utc(taken.takenAt)}`);
  showParts(paper, taken);
  paper.fact('chat', `was down for ${count(down, 'round')}. ${NO_CALL_DOWN}`);
  claim(ic.canister(chat)?.status === 'running', 'the chat should run again after its backup');

  paper.prose('What the manager says it did:');
  const runs = okOf<CandidPage<CandidRun<Principal>, bigint>>(
    tell(teller, managerMethod(teller, 'runs'), [[]]),
    'runs',
  );
  claim(
    runs.items.length === 1 && runs.items[0]?.started_again === true,
    'the manager should know of one complete run',
  );
  const snapshots = okOf<CandidPage<CandidSnapshot<Principal>, Principal>>(
    tell(teller, managerMethod(teller, 'snapshots'), [[]]),
    'snapshots',
  );
  const [listed] = snapshots.items;
  claim(listed?.good === true, 'the manager should list one good snapshot');
  claim(hex(listed.snapshot_id) === hex(taken.id), 'the manager and the IC should mean the same snapshot');
  claim(listed.total_size === taken.size, 'the manager and the IC should agree on its size');
  return listed;
}

function showParts(paper: Paper, { size, wasmMemorySize, stableMemorySize, wasmModuleSize }: SnapshotView): void {
  const parts = [
    `${megabytes(wasmMemorySize)} of Wasm memory`,
    `${megabytes(stableMemorySize)} of stable memory`,
    `${megabytes(wasmModuleSize)} of module`,
  ];
  paper.fact('size', `${megabytes(size)} = ${parts.join(' + ')}`);
}

function tellLoss(teller: Teller): void {
  const { paper } = teller;
  paper.heading(4, 'The spam filter loses everything');
  tellExpecting(teller, chatMethod(teller, 'remove_spam'), [], '(0 : nat64)');
  paper.prose(
    'No spam was found. But the filter had taken the messages out to look at them, and did not put them back:',
  );
  tellExpecting(teller, chatMethod(teller, 'dump'), [], '(vec {})');
  paper.prose('And the chat is broken for good: the counter beside the messages no longer agrees with them.');
  const refused = tell(teller, chatMethod(teller, 'append'), ['Is anybody here?']);
  claim(refused.kind === 'reject', 'append should have trapped on the damaged state');
}

function tellRestore(teller: Teller, snapshot: CandidSnapshot<Principal>): void {
  const { network, paper, chat } = teller;
  paper.heading(5, 'One call brings it back');
  const { answer, seen } = tellWatching(teller, managerMethod(teller, 'restore'));
  const report = okOf<CandidRestoreReport<Principal>>(answer, 'restore');
  claim(hex(report.snapshot_id) === hex(snapshot.snapshot_id), 'restore should have picked the snapshot of act 3');
  claim(network.ic.canister(chat)?.status === 'running', 'the chat should run again after its restore');
  showRounds(teller, seen);
  paper.fact('chat', `was down for ${count(roundsDown(seen), 'round')}.`);
  tellExpecting(teller, chatMethod(teller, 'dump'), [], `(vec { "${MESSAGE}" })`);
  tellExpecting(teller, chatMethod(teller, 'append'), ['We are back.'], '()');
  tellExpecting(teller, chatMethod(teller, 'dump'), [], `(vec { "${MESSAGE}"; "We are back." })`);
}

function tellClosing({ network, paper }: Teller, snapshot: CandidSnapshot<Principal>): void {
  paper.heading(6, 'What happened');
  paper.prose(
    `Every message was lost to a bug, and all that was there ${duration(network.ic.time() - snapshot.taken_at)} ago, ` +
      'at the last backup, came back with one call without arguments. The manager had made the backup by itself.',
  );
  paper.prose('Next:');
  paper.fact('npm run play', 'the same network, left open for you to type at');
  paper.fact('npm test', 'everything this repository promises, tested');
  paper.fact('npm run bench', 'how fast it is, and what a backup costs');
  paper.space();
}
