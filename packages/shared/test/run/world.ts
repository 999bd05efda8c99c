/** A driver for tests: carries out the commands of a run on a list instead of on canisters. */
import {
  advance,
  type Call,
  type CallResult,
  type CatalogEntry,
  type Command,
  type InfoAnswer,
  type ListedSnapshot,
  openRun,
  type Run,
  type RunContext,
  type RunEvent,
  type RunOrder,
} from '../../src/index.ts';

export const TARGET = 'bkyz2-fmaaa-aaaaa-qaaaq-cai';

export function order(changes: Partial<RunOrder> = {}): RunOrder {
  return {
    id: 1n,
    kind: 'backup',
    target: TARGET,
    manager: 'bd3sg-teaaa-aaaaa-qaaba-cai',
    mode: 'stop',
    keep: 8,
    askedBy: 'timer',
    openedAt: 1000n,
    ...changes,
  };
}

export function entry(number: number, changes: Partial<CatalogEntry> = {}): CatalogEntry {
  return {
    id: number.toString(16).padStart(4, '0'),
    canister: TARGET,
    takenAt: BigInt(number),
    size: 100n,
    runId: 0n,
    mode: 'stop',
    state: 'complete',
    good: true,
    ...changes,
  };
}

export class World {
  run: Run;
  now: bigint;
  catalog: CatalogEntry[];
  openProbe: RunContext['openProbe'];
  /** What the last restore loaded, and the version after it. */
  restored: RunContext['restored'];
  /** What the target's history answers, once nothing else is pending; null where a test answers itself. */
  info: InfoAnswer | null = {};
  /** Every command in the order it was given out. */
  readonly log: Command[] = [];

  constructor(changes: Partial<RunOrder> = {}, catalog: CatalogEntry[] = []) {
    this.run = openRun(order(changes));
    this.now = this.run.openedAt;
    this.catalog = catalog;
    this.feed({ kind: 'begin' });
  }

  feed(event: RunEvent): Command[] {
    const { run, commands } = advance(this.run, event, {
      now: this.now,
      catalog: this.catalog,
      openProbe: this.openProbe,
      restored: this.restored,
    });
    this.run = run;
    this.log.push(...commands);
    for (const command of commands) this.apply(command);
    const [last, ...others] = this.run.pending;
    if (this.info === null || last?.name !== 'info' || others.length > 0) return commands;
    return [...commands, ...this.answer(last, { ok: this.info })];
  }

  answer(call: Call, result: CallResult): Command[] {
    return this.feed({ kind: 'answer', call, result });
  }

  ok(name: Call['name'], value: unknown = null, snapshot?: string): Command[] {
    return this.answer({ name, snapshot }, { ok: value });
  }

  /** Take and start are answered, and nobody else did anything. */
  takenWell(taken: ListedSnapshot): Command[] {
    this.ok('status_before_take', HALTED);
    this.ok('take', taken);
    this.ok('start');
    return this.ok('status_behind', AGAIN);
  }

  reject(name: Call['name'], message: string, code = 5): Command[] {
    const pending = this.run.pending.find((call) => call.name === name);
    return this.answer(pending ?? { name }, { reject: { code, message } });
  }

  calls(): string[] {
    return this.log.flatMap((command) => (command.do === 'call' ? [command.call.name] : []));
  }

  private apply(command: Command): void {
    if (command.do === 'record') {
      this.catalog = [...this.catalog.filter((other) => other.id !== command.entry.id), command.entry];
    }
    if (command.do === 'forget') this.catalog = this.catalog.filter((other) => other.id !== command.id);
  }
}

export function names(commands: readonly Command[]): string[] {
  return commands.map((command) => (command.do === 'call' ? command.call.name : command.do));
}

export const RUNNING = { status: 'running', moduleHash: 'aa', version: 7n };
/** After our stop, and after the start behind it. */
export const HALTED = { status: 'stopped', moduleHash: 'aa', version: 9n };
export const AGAIN = { status: 'running', moduleHash: 'aa', version: 10n };
export const STOPPED = { status: 'stopped', moduleHash: 'aa', version: 7n };
export const FUNDS: RunEvent = { kind: 'funds', available: 1000n, perCall: 1n };
