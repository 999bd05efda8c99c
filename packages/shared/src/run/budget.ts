/**
 * One budget of calls in flight. Each call locks cycles until it is answered, so whoever may have the manager make calls
 * could keep its runs from making theirs. Invariants, held by property tests:
 * - no call outside a run leaves unless what the open runs count on, and what one more run needs, stays liquid;
 * - calls outside runs are bounded for each caller, for each canister that they are about, and in all;
 * - a run that somebody asks for begins only if what the open runs count on stays liquid while it looks.
 * What a run itself needs is asked in `preflight.ts`.
 */
import { type ErrorValue, failure } from '../errors/registry.ts';
import {
  BUSY_RETRY_SECONDS,
  CALLS_OF_A_NEW_RUN,
  CALLS_OF_AN_OPEN_RUN,
  CALLS_TO_LOOK,
  type CallBounds,
  OUTSIDE_CALLS,
  WATCHDOG_NANOS,
} from '../limits.ts';
import type { Phase, Run } from './types.ts';

/** Cycles above the freezing limit, and what one call locks. */
export interface Funds {
  readonly liquid: bigint;
  readonly perCall: bigint;
}

/**
 * Calls that belong to no run.
 * - `look`: answered within rounds: a status, a list, a start
 * - `wait`: repeated until a run is over, one at a time
 */
export interface OutsideCalls {
  readonly kind: keyof typeof OUTSIDE_CALLS;
  readonly caller: string;
  /** Whether the caller is a controller of the manager: bounded by the canister and in all only. */
  readonly controls?: boolean | undefined;
  readonly canister: string;
  readonly calls: number;
  /** They start a target, which is worth what is kept for a run that is not open yet. */
  readonly starts?: boolean | undefined;
}

export interface InFlight extends OutsideCalls {
  /** When the last of them was sent (nanoseconds). */
  readonly since: bigint;
}

export interface Budget {
  readonly manager: string;
  readonly funds: Funds;
  readonly open: readonly Pick<Run, 'phase'>[];
  readonly inFlight: readonly InFlight[];
  readonly now: bigint;
}

/** Phases before a run has asked for what it needs. */
const UNFUNDED: ReadonlySet<Phase> = new Set<Phase>(['preflight', 'making_room', 'funding']);

/** Calls that an open run may still have in flight at once. */
function countedOn({ phase }: Pick<Run, 'phase'>): bigint {
  if (phase === 'closed') return 0n;
  return UNFUNDED.has(phase) ? CALLS_OF_A_NEW_RUN : CALLS_OF_AN_OPEN_RUN;
}

/** Cycles that the open runs other than `run` count on, once they have asked for what they need. */
export function cyclesForOthers(open: readonly Pick<Run, 'id'>[], run: Pick<Run, 'id'>, perCall: bigint): bigint {
  return BigInt(open.filter((other) => other.id !== run.id).length) * CALLS_OF_AN_OPEN_RUN * perCall;
}

/** Whether the timer may open one more run now. One that would be refused for want of cycles waits for another to end. */
export function affordsAnother(open: number, { liquid, perCall }: Funds): boolean {
  return liquid >= (BigInt(open) * CALLS_OF_AN_OPEN_RUN + CALLS_OF_A_NEW_RUN) * perCall;
}

/** Why calls outside a run may not leave now; undefined if they may. */
export function refuseCalls(wanted: OutsideCalls, budget: Budget): ErrorValue | undefined {
  return refuseCrowd(wanted, budget) ?? refuseUnaffordable(wanted, budget);
}

function refuseCrowd(wanted: OutsideCalls, { manager, inFlight, now }: Budget): ErrorValue | undefined {
  const same = inFlight.filter(({ kind, since }) => kind === wanted.kind && now < since + WATCHDOG_NANOS);
  const bounds: CallBounds = OUTSIDE_CALLS[wanted.kind];
  const scopes: readonly (readonly [scope: string, calls: readonly InFlight[], limit: number])[] = [
    ['all callers', same, bounds.all],
    [wanted.canister, same.filter(({ canister }) => canister === wanted.canister), bounds.canister],
    ...(wanted.controls === true
      ? []
      : [[wanted.caller, same.filter(({ caller }) => caller === wanted.caller), bounds.caller] as const]),
  ];
  for (const [scope, calls, limit] of scopes) {
    const total = calls.reduce((sum, other) => sum + other.calls, 0);
    if (total + wanted.calls > limit) {
      return failure('busy', { manager, scope, in_flight: total, limit, seconds: BUSY_RETRY_SECONDS });
    }
  }
  return undefined;
}

/** Why the cycles for calls outside a run are kept for runs; undefined if they are not. */
export function refuseUnaffordable(wanted: OutsideCalls, budget: Budget): ErrorValue | undefined {
  const { manager, funds, open, inFlight } = budget;
  const due = wanted.starts === true ? 0n : CALLS_OF_A_NEW_RUN;
  const kept = open.reduce((sum, run) => sum + countedOn(run), due);
  const required = (kept + BigInt(wanted.calls)) * funds.perCall;
  if (funds.liquid >= required) return undefined;
  const passes = open.length > 0 || inFlight.length > 0;
  if (!passes) return failure('not_enough_cycles', { manager, available: funds.liquid, required });
  return failure('busy_cycles', { manager, available: funds.liquid, required, seconds: BUSY_RETRY_SECONDS });
}

/**
 * Why a run that somebody asks for may not begin to look at its target now. Without another run it may: what it finds
 * missing it says itself, before anything is changed.
 */
export function refuseLook({ manager, funds, open }: Omit<Budget, 'inFlight' | 'now'>): ErrorValue | undefined {
  const counted = open.reduce((sum) => sum + CALLS_OF_AN_OPEN_RUN, 0n);
  const required = (counted + CALLS_TO_LOOK) * funds.perCall;
  if (open.length === 0 || funds.liquid >= required) return undefined;
  return failure('busy_cycles', { manager, available: funds.liquid, required, seconds: BUSY_RETRY_SECONDS });
}
