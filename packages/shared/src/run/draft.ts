/** A run while it takes one step: changes and commands are collected and handed out together. */
import type { ErrorValue } from '../errors/registry.ts';
import type { Call, CatalogEntry, Command, Outcome, Phase, Run, RunContext, Step } from './types.ts';

/** Steps that a run remembers; a start that is tried for days must not fill the journal. */
const MAX_STEPS = 40;

type Changes = { -readonly [Key in keyof Run]?: Run[Key] };

export class Draft {
  run: Run;
  readonly commands: Command[] = [];
  readonly context: RunContext;
  /** The catalog as it is after the commands so far. */
  catalog: readonly CatalogEntry[];

  constructor(run: Run, context: RunContext) {
    this.run = run;
    this.context = context;
    this.catalog = context.catalog;
  }

  set(changes: Changes): void {
    this.run = { ...this.run, ...changes };
  }

  /** Sends calls, in this order, and enters a phase. */
  send(phase: Phase, calls: readonly Call[]): void {
    this.set({ phase, pending: [...this.run.pending, ...calls], retryAt: undefined });
    for (const call of calls) this.commands.push({ do: 'call', call });
  }

  settle(call: Call): boolean {
    const rest = this.run.pending.filter((pending) => !sameCall(pending, call));
    const known = rest.length < this.run.pending.length;
    this.set({ pending: rest });
    return known;
  }

  /** What is refused in every round until a limit has passed is one step, with the time of the last. */
  log(step: Step): void {
    const last = this.run.steps.at(-1);
    const again =
      last?.error?.code === 'rate_limited' && step.error?.code === 'rate_limited' && last.name === step.name;
    if (again) this.set({ steps: [...this.run.steps.slice(0, -1), step] });
    else if (this.run.steps.length < MAX_STEPS) this.set({ steps: [...this.run.steps, step] });
  }

  /** The first failure decides the outcome; later ones are warnings. */
  fail(error: ErrorValue, outcome: Outcome = 'failed'): void {
    if (this.run.outcome === undefined) this.set({ outcome, error });
    else this.warn(error);
  }

  /** The cause behind whatever the run failed with so far. */
  failInstead(error: ErrorValue): void {
    this.set({ outcome: 'failed', error });
  }

  /** When the log is full, a warning of a new kind takes the place of the last one: what was told is asked for by code. */
  warn(error: ErrorValue): void {
    const { warnings } = this.run;
    if (warnings.length < MAX_STEPS) this.set({ warnings: [...warnings, error] });
    else if (!warnings.some(({ code }) => code === error.code))
      this.set({ warnings: [...warnings.slice(0, -1), error] });
  }

  /** More is known of a failure than when it was told. @param better gets its `cause` */
  replace(code: ErrorValue['code'], better: (cause: string) => ErrorValue): void {
    const renew = (error: ErrorValue) =>
      error.code === code ? better(error.context.find(([key]) => key === 'cause')?.[1] ?? '') : error;
    const { error, warnings } = this.run;
    this.set({ error: error && renew(error), warnings: warnings.map(renew) });
  }

  record(entry: CatalogEntry): void {
    this.catalog = [...this.catalog.filter((other) => other.id !== entry.id), entry];
    this.commands.push({ do: 'record', entry });
  }

  forget(id: string): void {
    this.catalog = this.catalog.filter((entry) => entry.id !== id);
    this.commands.push({ do: 'forget', id });
  }

  close(): void {
    this.set({ phase: 'closed', pending: [], endedAt: this.context.now, retryAt: undefined });
  }
}

export function sameCall(a: Call, b: Call): boolean {
  return a.name === b.name && a.snapshot === b.snapshot;
}
