/** The commands of `npm run play`: each line that a person types is one of these. */

import { count, duration, megabytes, when } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import { passTime, roundsDown } from '../net/rounds.ts';
import { hex } from '../paper/format.ts';
import { chatMethod, managerMethod, showRounds, type Teller, tell, tellWatching } from '../story/teller.ts';

interface Command {
  /** As shown by `help`. */
  readonly usage: string;
  readonly does: string;
  readonly run: (teller: Teller, rest: string) => unknown;
}

export const COMMANDS: Readonly<Record<string, Command>> = {
  'chat append': {
    usage: 'chat append <message>',
    does: 'write into the chat',
    run: (teller, message) => tell(teller, chatMethod(teller, 'append'), [message]),
  },
  'chat dump': {
    usage: 'chat dump',
    does: 'read all of it',
    run: (teller) => tell(teller, chatMethod(teller, 'dump')),
  },
  'chat remove_spam': {
    usage: 'chat remove_spam',
    does: 'call the filter that loses everything',
    run: (teller) => tell(teller, chatMethod(teller, 'remove_spam')),
  },
  'manager restore': {
    usage: 'manager restore',
    does: 'bring the chat back from its newest good snapshot',
    run: async (teller) => showDown(teller, (await tellWatching(teller, managerMethod(teller, 'restore'))).seen),
  },
  'manager backup': {
    usage: 'manager backup',
    does: 'make a backup now',
    async run(teller) {
      const { seen } = await tellWatching(teller, managerMethod(teller, 'backup'), [Principal.fromText(teller.chat)]);
      showDown(teller, seen);
    },
  },
  'manager snapshots': {
    usage: 'manager snapshots',
    does: 'what the manager took',
    run: (teller) => tell(teller, managerMethod(teller, 'snapshots'), [[]]),
  },
  'manager runs': {
    usage: 'manager runs',
    does: 'what the manager did, the newest first',
    run: (teller) => tell(teller, managerMethod(teller, 'runs'), [[{ canister: [], before: [], limit: [3] }]]),
  },
  'manager status': {
    usage: 'manager status',
    does: 'how the manager is',
    run: (teller) => tell(teller, managerMethod(teller, 'status')),
  },
  advance: { usage: 'advance 6h', does: 'let time pass: s, m, h or d', run: advance },
  status: { usage: 'status', does: 'the network from outside', run: (teller) => showStatus(teller) },
};

const NANOS_PER_SECOND = 1_000_000_000n;
const SECONDS: Readonly<Record<string, bigint>> = { s: 1n, m: 60n, h: 3_600n, d: 86_400n };
/** More would only make the reader wait: at six hours each, this is 120 backups. */
const MOST_SECONDS = 30n * 86_400n;

function advance(teller: Teller, rest: string): void {
  const [, amount, unit] = /^(\d{1,9})\s*([smhd])$/.exec(rest) ?? [];
  const seconds = BigInt(amount ?? 0) * (SECONDS[unit ?? ''] ?? 0n);
  if (seconds === 0n || seconds > MOST_SECONDS) {
    teller.paper.refusal('Say how long, up to 30 days: advance 90s, advance 30m, advance 6h, advance 2d.');
    return;
  }
  const nanos = seconds * NANOS_PER_SECOND;
  const { network } = teller.client;
  const until = network.ic.time() + nanos;
  teller.paper.aside(`Time is fast-forwarded by ${duration(nanos)}, to ${when(until)}.`);
  showDown(teller, passTime(network, teller.chat, nanos));
}

function showDown(teller: Teller, seen: Parameters<typeof roundsDown>[0]): void {
  showRounds(teller, seen);
  teller.paper.facts([['downtime', count(roundsDown(seen), 'round')]]);
}

function showStatus({ client: { network }, paper, manager, chat }: Teller): void {
  const canisters = Object.entries({ 'backup-manager': manager, chat }).flatMap(([name, id]): [string, string][] => {
    const view = network.ic.canister(id);
    return view === undefined
      ? []
      : [[name, `${id}, ${view.status}, ${(Number(view.cycles) / 1e12).toFixed(3)} T cycles`]];
  });
  const snapshots = (network.ic.canister(chat)?.snapshots ?? []).map(({ id, size, takenAt }): [string, string] => {
    return ['snapshot', `${hex(id)}, ${megabytes(size)}, taken at ${when(takenAt)}`];
  });
  paper.facts([['time', `${when(network.ic.time())}, round ${network.ic.round()}`], ...canisters, ...snapshots]);
}

/** Runs one line. Returns false when the person wants to leave. */
export async function runLine(teller: Teller, line: string): Promise<boolean> {
  const words = line.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  if (words[0] === 'exit' || words[0] === 'quit') return false;
  if (words[0] === 'help') {
    showHelp(teller);
    return true;
  }
  const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((candidate) => Object.hasOwn(COMMANDS, candidate));
  const command = name === undefined ? undefined : COMMANDS[name];
  if (name === undefined || command === undefined) {
    teller.paper.refusal(`"${line.trim()}" is not a command; help lists them.`);
    return true;
  }
  const rest = name.split(' ').reduce((text, word) => text.slice(word.length).trimStart(), line.trim());
  await command.run(teller, rest);
  return true;
}

export function showHelp({ paper }: Teller): void {
  const entries = [...Object.values(COMMANDS), { usage: 'help', does: 'this list' }, { usage: 'exit', does: 'leave' }];
  paper.facts(entries.map(({ usage, does }) => [usage, does]));
}
