import type { PrincipalText } from 'local-ic';
import { type Answer, type Method, method } from '../net/call.ts';
import type { Client, Watched } from '../net/client.ts';
import { CHAT, MANAGER } from '../net/network.ts';
import type { RoundSeen } from '../net/rounds.ts';
import { callCommands } from '../paper/commands.ts';
import type { Paper } from '../paper/paper.ts';

/** Everything the acts of the story share. */
export interface Teller {
  readonly client: Client;
  readonly paper: Paper;
  readonly manager: PrincipalText;
  readonly chat: PrincipalText;
}

/** What was promised did not happen: the story ends here, and the process fails. */
export class BrokenStory extends Error {}

export function claim(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new BrokenStory(otherwise);
}

export function chatMethod(teller: Teller, name: string): Method {
  return method(CHAT, teller.chat, name);
}

export function managerMethod(teller: Teller, name: string): Method {
  return method(MANAGER, teller.manager, name);
}

/** Shows the commands, makes the call, shows the answer. */
export async function tell(teller: Teller, called: Method, args: readonly unknown[] = []): Promise<Answer> {
  teller.paper.commands(callCommands(nameOf(teller, called.canisterId), called, args));
  const given = await teller.client.ask({ method: called, args });
  show(teller.paper, given);
  return given;
}

/** The same for a call during which the chat is watched round by round. */
export async function tellWatching(teller: Teller, called: Method, args: readonly unknown[] = []): Promise<Watched> {
  teller.paper.commands(callCommands(nameOf(teller, called.canisterId), called, args));
  const watched = await teller.client.watch({ method: called, args }, teller.chat);
  show(teller.paper, watched.answer);
  return watched;
}

/** Makes a call whose answer must be exactly this text. */
export async function tellExpecting(
  teller: Teller,
  called: Method,
  args: readonly unknown[],
  expected: string,
): Promise<void> {
  const { text } = await tell(teller, called, args);
  claim(text === expected, `${called.name} should have answered ${expected}, and answered ${text}`);
}

export function nameOf(teller: Teller, canisterId: PrincipalText): string {
  if (canisterId === teller.manager) return 'backup-manager';
  if (canisterId === teller.chat) return 'chat';
  return canisterId;
}

function show(paper: Paper, { kind, text }: Answer): void {
  if (kind === 'reply') paper.answer(text);
  else paper.refusal(text);
}

/** The content of `variant { Ok = … }`; an `Err` breaks the story. */
export function okOf<T>(given: Answer, what: string): T {
  claim(given.kind === 'reply', `${what} was refused: ${given.text}`);
  const [result] = given.values as [{ Ok: T } | { Err: { code: string; message: string } }];
  if ('Err' in result) throw new BrokenStory(`${what} answered ${result.Err.code}: ${result.Err.message}`);
  return result.Ok;
}

/** One line for each round in which something happened to the chat. */
export function showRounds(teller: Teller, seen: readonly RoundSeen[]): void {
  const worth = seen.filter(({ status, calls }) => status !== 'running' || calls.length > 0);
  teller.paper.facts(
    worth.map(({ round, status, calls }) => {
      const made = calls.map(({ sender, method }) => ({
        by: sender === teller.manager ? 'manager' : nameOf(teller, sender),
        method,
      }));
      const callers = [...new Set(made.map(({ by }) => by))];
      const text = callers.map((by) => `${by} → ${made.filter((one) => one.by === by).map((one) => one.method)}`);
      return [`round ${round}`, `chat ${status.padEnd(9)} ${text.join('; ').replaceAll(',', ', ')}`.trimEnd()];
    }),
  );
}
