/**
 * What the IC itself saw, as plain data. Checkers read this and nothing else; what the manager says of itself is in
 * `claims`, to be compared.
 */
import type { PrincipalText } from 'local-ic';

export interface Names {
  readonly manager: PrincipalText;
  readonly chat: PrincipalText;
  readonly worker: PrincipalText;
  readonly developer: PrincipalText;
  readonly stranger: PrincipalText;
  /** May view the worker and back it up, and what `grant` gives besides. */
  readonly friend: PrincipalText;
  /** A canister of the stranger's that calls whom it is told to. */
  readonly envoy?: PrincipalText;
  /** Another manager; to the checkers it is one of the others. */
  readonly second?: PrincipalText;
  /** Further targets. */
  readonly more?: readonly PrincipalText[];
}

/** A canister at one moment, from the outside. */
export interface Seen {
  readonly status: 'running' | 'stopping' | 'stopped';
  readonly controllers: readonly string[];
  /** Hexadecimal ids, in the order they were made. */
  readonly snapshots: readonly string[];
  readonly version: bigint;
  readonly hasCode: boolean;
}

/** A management call that was executed, with the canister before and after it. */
export interface Effect {
  /** Position among everything that happened. */
  readonly at: number;
  /** Of a start by the manager: from when it was on its way, so that nothing could call it back any more. */
  readonly offeredAt?: number;
  readonly round: number;
  /** Nanoseconds. */
  readonly time: bigint;
  readonly sender: string;
  readonly method: string;
  readonly canister: string;
  /** The snapshot that the call names. */
  readonly snapshot?: string;
  /** A fault answered in the method's place. */
  readonly rejected: boolean;
  readonly before: Seen | null;
  readonly after: Seen | null;
}

/** An execution of the manager; of queries only those that the manager answers in rounds. */
export interface Execution {
  readonly at: number;
  readonly round: number;
  readonly kind: string;
  readonly method: string;
  readonly hostCalls: number;
  readonly instructions: bigint;
  readonly trapped: boolean;
}

/** A call that somebody made to the manager. */
export interface ManagerCall {
  readonly sender: string;
  readonly method: string;
  readonly canister?: string;
  /** The snapshots that it names, hexadecimal. */
  readonly snapshots?: readonly string[];
  /** Of a mark: snapshots taken then or later are meant; nanoseconds. */
  readonly since?: bigint;
  /** Of `proxy`: the method of the management canister. */
  readonly proxied?: string;
  /** Of a new policy: nanoseconds between two backups. */
  readonly interval?: bigint;
  /** Positions among everything that happened. */
  readonly sentAt: number;
  /** Nanoseconds; the call is executed then or later. */
  readonly sentTime: bigint;
  readonly answeredAt?: number;
  readonly answer?: Answered;
}

export type Answered =
  | { readonly kind: 'ok'; readonly runId?: bigint; readonly snapshot?: string; readonly running?: boolean }
  | { readonly kind: 'err'; readonly code: string; readonly runId?: bigint }
  | { readonly kind: 'reject'; readonly text: string };

/** A run as the manager tells it. */
export interface ClaimedRun {
  readonly id: bigint;
  readonly canister: string;
  readonly kind: string;
  readonly outcome: string;
  readonly error?: string;
  readonly phase: string;
  readonly askedBy: string;
  readonly startedAt: bigint;
  readonly endedAt?: bigint;
  readonly snapshot?: string;
  /** Of a restore: `snapshot` or `before`; absent if the manager does not know. */
  readonly stateAfter?: string;
  /** Of a restore: the snapshot of the state before. */
  readonly safety?: string;
  readonly deleted: readonly string[];
  readonly startedAgain: boolean;
  readonly warnings: readonly string[];
}

export interface ClaimedSnapshot {
  readonly id: string;
  readonly canister: string;
  readonly good: boolean;
  readonly runId: bigint;
}

export interface Claims {
  readonly runs: readonly ClaimedRun[];
  readonly snapshots: readonly ClaimedSnapshot[];
  readonly openRuns: number;
}

/** The messages of the chat, from what it executed; null while it has no code. */
export type Content = readonly string[] | null;

/** Something is wrong since some time, and this is what health says of it. Nanoseconds. */
export interface HealthTold {
  readonly canister: string;
  readonly ill: string;
  readonly since: bigint;
  readonly now: bigint;
  /** How far apart the manager's looks at it may be, with what they may be late. */
  readonly looks: bigint;
  readonly level: string;
  readonly managerLevel: string;
  /** As of when the answer is; undefined if it does not say so. */
  readonly asOf: bigint | undefined;
}

export interface History {
  readonly names: Names;
  /** Position at which the faults began. What is before it is how the world was prepared. */
  readonly begin: number;
  readonly effects: readonly Effect[];
  readonly executions: readonly Execution[];
  readonly calls: readonly ManagerCall[];
  /** Content of the chat in each snapshot of it. */
  readonly snapshotContents: ReadonlyMap<string, Content>;
  /** Content that the chat has to have, and what it answered. */
  readonly contents: readonly { readonly expected: Content; readonly told: Content; readonly when: string }[];
  /** The targets when faults have stopped and the time to recover is over, and the position of that moment. */
  readonly recovered: ReadonlyMap<string, Seen | null>;
  readonly recoveredAt: number;
  /** The targets at the very end. */
  readonly final: ReadonlyMap<string, Seen | null>;
  readonly claims: Claims;
  readonly health: readonly HealthTold[];
  /** Nanoseconds, when the faults began. */
  readonly begunAt: bigint;
  /** Where only a crowd acted: the rounds for which the chat is down without it. */
  readonly undisturbedRounds?: number;
  /** Whether a call that the manager refused changed its stable memory, or made it call somebody. */
  readonly refusals: readonly { readonly method: string; readonly answer: Answered; readonly changed: boolean }[];
}

export interface Violation {
  readonly invariant: string;
  readonly message: string;
}

export type Checker = (history: History) => Violation[];

/** Kinds of runs that load a snapshot. */
export const RESTORE_KINDS = ['restore', 'undo_restore', 'restore_forced'];

/** Management calls of the manager about one canister that were not answered by a fault. */
export function managersEffects(history: History, canister: string): Effect[] {
  return history.effects.filter(
    (effect) => effect.canister === canister && effect.sender === history.names.manager && !effect.rejected,
  );
}

/** Whether the call did what it is for, by what the canister was before and after. */
export function carriedOut(effect: Effect): boolean {
  const { before, after } = effect;
  if (effect.rejected || before === null || after === null) return false;
  switch (effect.method) {
    case 'take_canister_snapshot':
      return takenBy(effect) !== undefined;
    case 'delete_canister_snapshot':
      return after.snapshots.length < before.snapshots.length;
    default:
      return after.version > before.version;
  }
}

/** The snapshot that the call made. */
export function takenBy({ before, after }: Effect): string | undefined {
  return after?.snapshots.find((id) => before?.snapshots.includes(id) !== true);
}

export function targetsIn({ chat, worker, more = [] }: Names): readonly PrincipalText[] {
  return [chat, worker, ...more];
}

export function targetsOf({ names }: Pick<History, 'names'>): readonly PrincipalText[] {
  return targetsIn(names);
}

/** Whether somebody unregistered the target while a run waited for it in vain, which then tells what is left undone. */
export function wasGivenUp({ calls, claims }: History, target: string): boolean {
  const asked = calls.some(({ method, canister }) => method === 'unregister' && canister === target);
  const told = claims.runs.some(
    ({ canister, error, warnings }) =>
      canister === target && [error, ...warnings].some((code) => code?.startsWith('given_up_')),
  );
  return asked && told;
}
