/** What a restore would do, found out by letting the state machine run on answers that are all good. */
import { advance, openRun } from './advance.ts';
import { Draft } from './draft.ts';
import { callsAhead } from './preflight.ts';
import type { Call, CatalogEntry, ListedSnapshot, Run, RunContext, RunEvent, RunOrder, StatusAnswer } from './types.ts';

/** What is known of the target now. */
export interface Facts {
  readonly status: StatusAnswer;
  readonly list: readonly ListedSnapshot[];
}

export interface Plan {
  /** The run as it would end. With an error, nothing would be changed. */
  readonly run: Run;
  /** Calls that change something, in order. */
  readonly calls: readonly Call[];
  /** Calls whose cycles the manager has to hold before the first of them. */
  readonly callsAhead: number;
}

/** More events than a run without a failure has. */
const MAX_EVENTS = 100;

/** Calls that only look. */
const LOOKS = ['status', 'list', 'info'];

export function planRestore(order: RunOrder, facts: Facts, context: RunContext): Plan {
  let run = openRun(order);
  let { catalog } = context;
  let ahead = 0;
  const calls: Call[] = [];
  const feed = (event: RunEvent): void => {
    const next = advance(run, event, { ...context, catalog });
    run = next.run;
    for (const command of next.commands) {
      if (command.do === 'call' && !LOOKS.includes(command.call.name)) calls.push(command.call);
      if (command.do === 'record') catalog = [...without(catalog, command.entry.id), command.entry];
      if (command.do === 'forget') catalog = without(catalog, command.id);
    }
  };
  feed({ kind: 'begin' });
  for (let events = 0; run.phase !== 'closed' && events < MAX_EVENTS; events += 1) {
    const call = run.pending[0];
    if (call !== undefined) {
      feed({ kind: 'answer', call, result: { ok: answerTo(call, facts, context) } });
    } else {
      ahead = callsAhead(new Draft(run, { ...context, catalog }));
      feed({ kind: 'funds', available: BigInt(ahead), perCall: 1n });
    }
  }
  return { run, calls, callsAhead: ahead };
}

function answerTo({ name }: Call, { status, list }: Facts, { now, catalog }: RunContext): unknown {
  if (name === 'status') return status;
  if (name === 'list') return list;
  if (name === 'info') return {};
  if (name === 'take') return { id: 'planned', takenAt: now, size: newestSize(catalog) };
  return null;
}

/** The safety snapshot will be about as large as the newest one is. */
function newestSize(catalog: readonly CatalogEntry[]): bigint {
  return [...catalog].sort((a, b) => (a.takenAt > b.takenAt ? -1 : 1))[0]?.size ?? 0n;
}

function without(catalog: readonly CatalogEntry[], id: string): CatalogEntry[] {
  return catalog.filter((entry) => entry.id !== id);
}
