/** The three commands. They differ in what they do with a plan: show it, compare it with nothing, carry it out. */
import { readFileSync } from 'node:fs';
import { AgentError } from '@dfinity/agent';
import { plan } from './core/plan.ts';
import type { Step, Wanted } from './core/types.ts';
import { EXIT, Failure } from './failure.ts';
import { readPolicies } from './file/read.ts';
import { appliedJson, failureJson, jsonText, planJson } from './report/json.ts';
import { appliedText, type Paint, planText, stepName, troublesText } from './report/text.ts';
import type { Applied, Seen } from './report/types.ts';
import { readActual } from './shell/actual.ts';
import { carryOut } from './shell/carry-out.ts';
import { type Address, type Door, openDoor } from './shell/door.ts';
import { foresee } from './shell/foresee.ts';
import { findTroubles } from './shell/wellness.ts';

export type Command = 'plan' | 'apply' | 'check';

export interface Options {
  readonly network: string;
  readonly file: string;
  readonly identity?: string;
  readonly manager?: string;
  readonly prune?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Where the words go. */
export interface Terminal {
  readonly out: (line: string) => void;
  /** What goes on meanwhile; not part of the answer. */
  readonly note: (line: string) => void;
  readonly paint: Paint;
  /** Asks a person; undefined where nobody sits. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
  /** The folder in which dfx and icp write down what they deployed. */
  readonly folder: string;
  /** Where the manager is found; the tests have others. */
  readonly open?: (address: Address) => Promise<Door>;
}

/** Characters of an error that are shown: some have a whole request in them. */
const MOST_SAID = 400;

/** Calls that are in flight at a time: one takes seconds on mainnet, and they do not depend on each other. */
const AT_ONCE = 5;

/** @returns the exit code; what is thrown is a bug */
export async function run(command: Command, options: Options, terminal: Terminal): Promise<number> {
  return await ending(options, terminal, () => runCommand(command, options, terminal));
}

/** Does the work of a command; a failure of it is said, and becomes the exit code. */
export async function ending(
  options: Pick<Options, 'network' | 'json'>,
  terminal: Terminal,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const failure =
      error instanceof AgentError || isFetchError(error) ? networkFailure(error as Error, options) : error;
    if (!(failure instanceof Failure)) throw failure;
    if (options.json) terminal.out(jsonText(failureJson(failure)));
    terminal.note(failure.message);
    return EXIT[failure.kind];
  }
}

async function runCommand(command: Command, options: Options, terminal: Terminal): Promise<number> {
  const { wanted, manager: ofFile } = readPolicies(readText(options.file), options.file);
  const { network, identity } = options;
  const address = { network, identity, managers: [options.manager, ofFile], folder: terminal.folder };
  const door = await (terminal.open ?? openDoor)(address);
  const session = { door, wanted, prune: options.prune ?? false };
  const { id, asker } = door;
  terminal.note(`Asking ${id} on ${network} as ${asker.name}`);
  const { actual, todo } = await look(session);
  const seen: Seen = {
    manager: id,
    network,
    asker,
    file: options.file,
    wanted,
    registered: actual.targets.length,
    plan: todo,
    foreseen: await foresee(todo, door),
    troubles: await findTroubles(door, wanted, actual),
  };
  if (command === 'apply') return await apply(session, { seen, options, terminal });
  if (options.json) terminal.out(jsonText(planJson(seen)));
  else for (const line of planText(seen, terminal.paint)) terminal.out(line);
  if (command !== 'check') return EXIT.done;
  if (todo.steps.length > 0) return EXIT.different;
  return seen.troubles.length > 0 ? EXIT.unwell : EXIT.done;
}

interface Session {
  readonly door: Door;
  readonly wanted: Wanted;
  readonly prune: boolean;
}

async function look({ door, wanted, prune }: Session) {
  const actual = await readActual(door);
  return { actual, todo: plan(wanted, actual, { prune, caller: door.asker.principal }) };
}

interface Intent {
  readonly seen: Seen;
  readonly options: Options;
  readonly terminal: Terminal;
}

async function apply(session: Session, { seen, options, terminal }: Intent): Promise<number> {
  const { steps } = seen.plan;
  const show = options.json ? terminal.note : terminal.out;
  for (const line of planText(seen, terminal.paint)) show(line);
  if (steps.length > 0 && !options.yes) await askFirst(terminal);
  const applied: Applied[] = [];
  for (const batch of batches(steps)) {
    const done = batch.map(async (step) => {
      const error = await carryOut(session.door.manager, step);
      applied.push({ step, error });
      terminal.note(`[${applied.length}/${steps.length}] ${stepName(step)}: ${error?.code ?? 'done'}`);
    });
    await Promise.all(done);
  }
  const after = await look(session);
  const remaining = after.todo.steps;
  const troubles = steps.length === 0 ? seen.troubles : await findTroubles(session.door, session.wanted, after.actual);
  if (options.json)
    terminal.out(
      jsonText({ ...planJson(seen), ...appliedJson(applied, remaining), well: troubles.length === 0, troubles }),
    );
  else if (steps.length > 0) {
    for (const line of [...appliedText(applied, seen, remaining), ...troublesText(troubles)]) terminal.out(line);
  }
  if (applied.some(({ error }) => error !== undefined)) return EXIT.refused;
  if (remaining.length > 0) return EXIT.different;
  return troubles.length === 0 ? EXIT.done : EXIT.unwell;
}

export async function askFirst({ confirm }: Terminal): Promise<void> {
  if (confirm === undefined) {
    throw new Failure('usage', 'not_confirmed', 'Nothing was done: nobody is here to ask. Say --yes to apply without.');
  }
  if (!(await confirm('Do it?'))) throw new Failure('usage', 'not_confirmed', 'Nothing was done.');
}

/** Steps of one kind in a row, a few at a time: what comes first is done before what comes after it begins. */
function batches(steps: readonly Step[]): Step[][] {
  const all: Step[][] = [];
  for (const step of steps) {
    const last = all.at(-1);
    if (last?.[0]?.call === step.call && last.length < AT_ONCE) last.push(step);
    else all.push([step]);
  }
  return all;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const advice = 'Name the file with --file; docs/policies.md says what is in it.';
    if (code === 'ENOENT') throw new Failure('usage', 'file_not_found', `There is no file ${path}. ${advice}`);
    const why = code === 'EISDIR' ? 'it is a folder' : code === 'EACCES' ? 'permission denied' : String(code);
    throw new Failure('usage', 'file_unreadable', `${path} cannot be read: ${why}. ${advice}`);
  }
}

/** Node's fetch says so little when nobody is there. */
function isFetchError(error: unknown): boolean {
  return error instanceof TypeError && error.message === 'fetch failed';
}

function networkFailure(error: Error, { network }: Pick<Options, 'network'>): Failure {
  const said = sentenceOf(error);
  if (error instanceof AgentError && error.kind === 'Trust') {
    const untrusted = `What ${network} answered is not certified by the root key that counts here: ${said}`;
    return new Failure('network', 'untrusted', untrusted);
  }
  const [, code, message] = /'(caller_not_allowed|invalid_argument): (.*)'\./s.exec(error.message) ?? [];
  // The manager's `inspect_message` refused it: a trap, because nothing else can be said there.
  if (code !== undefined && message !== undefined) return new Failure('refused', code, message);
  if (error instanceof AgentError && error.kind === 'Reject') {
    return new Failure('network', 'rejected', `The manager could not be asked: ${said}`);
  }
  const unreachable = `${network} cannot be asked: ${said} What was done before stays; run the command again.`;
  return new Failure('network', 'unreachable', unreachable);
}

/** What an agent's error says, on one line, without the headers of HTTP and without a stack. */
function sentenceOf(error: Error): string {
  const refused = causes(error).find(({ code }) => typeof code === 'string');
  if (refused?.message) return `${refused.message}.`;
  const lines = error.message.split('\n').map((line) => line.trim());
  const text = lines.filter((line) => line !== '' && !/^(?:Headers:|at )/.test(line)).join(' ');
  return text.length <= MOST_SAID ? text : `${text.slice(0, MOST_SAID)}…`;
}

/** Agents hide the system's error some causes deep: beside `cause`, in a code that has an `error`. */
function causes(error: unknown): (Error & { readonly code?: unknown })[] {
  if (!(error instanceof Error)) return [];
  const { code, cause } = error as Error & { readonly code?: { readonly error?: unknown } };
  const hidden = (cause as { readonly code?: { readonly error?: unknown } } | undefined)?.code?.error;
  return [error, ...causes(cause), ...causes(hidden ?? code?.error)];
}
