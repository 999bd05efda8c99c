/**
 * One IC with faults on it: its rounds, what people send and what they are answered. A world is forked for each case,
 * with what was observed so far.
 */
import type { CallRequest, CallResult, LocalIc, PrincipalText } from 'local-ic';
import type { Modules } from './canisters.ts';
import type { Fault } from './faults.ts';
import { HealthWatch } from './health-watch.ts';
import { type Answered, type ManagerCall, type Names, type Seen, takenBy, targetsIn } from './history.ts';
import { Boundaries } from './interceptor.ts';
import { answered, MINUTE, SECOND, toChat, toManager } from './network.ts';
import { Observer } from './observer.ts';

/** Rounds after which canisters that are still busy, or a call that is not answered, count as lost progress. */
const MAX_BUSY_ROUNDS = 1000;

/** Rounds in a row that take no time here. What goes on longer sees the clock go on, a second a round. */
const TIMELESS_ROUNDS = 20;

/** What a call to the manager is about, for the checkers, and who sends it. */
interface Asking {
  readonly canister?: string;
  readonly snapshots?: readonly string[];
  readonly since?: bigint;
  readonly sender?: PrincipalText;
  /** The method of aaaaa-aa that `proxy` is asked for. */
  readonly proxied?: string;
  /** Of a policy with an interval, in nanoseconds. */
  readonly interval?: bigint;
}

/** Something that has to come to an end did not. */
export class Stuck extends Error {}

interface Waiting {
  readonly id: Uint8Array;
  readonly then: (result: CallResult) => void;
}

export class World {
  readonly ic: LocalIc;
  names: Names;
  readonly modules: Modules;
  readonly observer: Observer;
  readonly boundaries: Boundaries;
  readonly calls: ManagerCall[];
  readonly health: HealthWatch;
  /** When the scenario began, in nanoseconds. */
  readonly begunAt: bigint;
  private waiting: Waiting[] = [];

  constructor(
    from: {
      ic: LocalIc;
      names: Names;
      modules: Modules;
      observer?: Observer;
      calls?: ManagerCall[];
      health?: HealthWatch;
    },
    faults: readonly Fault[],
  ) {
    this.names = from.names;
    this.modules = from.modules;
    this.observer = from.observer?.fork() ?? new Observer(from.names);
    this.boundaries = new Boundaries(faults, this.observer);
    this.calls = [...(from.calls ?? [])];
    this.ic = from.ic.fork({ interceptor: this.boundaries.interceptor() });
    this.observer.ic = this.ic;
    this.health = from.health?.fork() ?? new HealthWatch();
    this.begunAt = this.ic.certifiedTime();
  }

  /** The same state in an IC of its own. Nothing may be waited for. */
  fork(faults: readonly Fault[]): World {
    if (this.waiting.length > 0) throw new Error('a world with open calls cannot be forked');
    return new World(this, faults);
  }

  /** Further canisters take part. */
  enlarge(more: Partial<Names>): void {
    this.names = { ...this.names, ...more };
    this.observer.names = this.names;
  }

  // Rounds

  tick(): void {
    this.ic.tick();
    this.observer.settle();
    this.health.look(this.ic, this.names);
    const open = this.waiting;
    this.waiting = [];
    for (const { id, then } of open) {
      const status = this.ic.ingressStatus(id);
      if (status?.kind === 'replied') then({ kind: 'reply', data: status.data });
      else if (status?.kind === 'rejected') then({ kind: 'reject', reject: status.reject, certified: true });
      else if (status !== undefined) this.waiting.push({ id, then });
    }
  }

  advance(nanos: bigint): void {
    this.ic.setTime(this.ic.time() + nanos);
  }

  /** Runs rounds until nobody has anything to do at this time. */
  settle(): void {
    for (let round = 0; round < MAX_BUSY_ROUNDS; round += 1) {
      if (round > TIMELESS_ROUNDS) this.advance(SECOND);
      this.tick();
      if (this.idle()) return;
    }
    throw new Stuck(`the canisters are still busy after ${MAX_BUSY_ROUNDS} rounds`);
  }

  /** Lets time pass, timer by timer, as on a network that runs all the while. */
  pass(nanos: bigint): void {
    const end = this.ic.time() + nanos;
    for (let next = this.nextTimer(end); next !== undefined; next = this.nextTimer(end)) {
      if (next > this.ic.time()) this.ic.setTime(next);
      this.settle();
    }
    if (end > this.ic.time()) this.ic.setTime(end);
    this.settle();
  }

  /** Lets time pass, whether or not somebody is busy all the while, or due and unable to execute. */
  drift(nanos: bigint): void {
    const end = this.ic.time() + nanos;
    while (this.ic.time() < end) {
      for (let round = 0; round < TIMELESS_ROUNDS && (round === 0 || !this.idle()); round += 1) {
        this.tick();
        this.advance(SECOND);
      }
      const next = this.nextTimer(end) ?? end;
      const soonest = this.ic.time() + MINUTE;
      this.ic.setTime(next > soonest ? next : soonest);
    }
  }

  /** Nobody executes, waits or is due. */
  idle(): boolean {
    return (
      this.waiting.length === 0 &&
      this.views().every(
        (view) =>
          view.openCallContexts === 0 &&
          view.outstandingCallbacks === 0 &&
          view.status !== 'stopping' &&
          !this.due(view),
      )
    );
  }

  private due({ status, globalTimer }: { status: string; globalTimer: bigint }): boolean {
    return status === 'running' && globalTimer > 0n && globalTimer <= this.ic.time();
  }

  private nextTimer(end: bigint): bigint | undefined {
    let next: bigint | undefined;
    for (const { status, globalTimer } of this.views()) {
      if (status !== 'running' || globalTimer === 0n || globalTimer > end) continue;
      if (next === undefined || globalTimer < next) next = globalTimer;
    }
    return next;
  }

  private views() {
    return this.canisters().flatMap((id) => this.ic.canister(id) ?? []);
  }

  targets(): readonly PrincipalText[] {
    return targetsIn(this.names);
  }

  canisters(): PrincipalText[] {
    const { manager, second, envoy } = this.names;
    return [manager, second, envoy, ...this.targets()].filter((id) => id !== undefined);
  }

  see(canister: string): Seen | null {
    return this.observer.see(canister);
  }

  /** Snapshots that the manager took, oldest first, of those that are there. */
  ours(canister: string): string[] {
    return this.observer.see(canister)?.snapshots.filter((id) => this.tookIt(id)) ?? [];
  }

  /** Those that somebody else took. */
  foreign(canister: string): string[] {
    return this.observer.see(canister)?.snapshots.filter((id) => !this.tookIt(id)) ?? [];
  }

  private tookIt(id: string): boolean {
    return this.observer.effects.some(
      (effect) =>
        effect.sender === this.names.manager &&
        !this.observer.isForgotten(effect.at) &&
        effect.method === 'take_canister_snapshot' &&
        takenBy(effect) === id,
    );
  }

  // Calls

  /** Sends and runs no round; `then` gets the answer, or the refusal at the door at once. */
  send(request: CallRequest, then: (result: CallResult) => void = () => {}): void {
    const submitted = this.ic.submit(request);
    if (submitted.kind === 'refused') then({ kind: 'reject', reject: submitted.reject, certified: false });
    else this.waiting.push({ id: submitted.messageId, then });
  }

  /** Sends and runs rounds until it is answered. */
  call(request: CallRequest): CallResult {
    let answer: CallResult | undefined;
    this.send(request, (result) => {
      answer = result;
    });
    for (let round = 0; answer === undefined; round += 1) {
      if (round > MAX_BUSY_ROUNDS) throw new Stuck(`${request.method} is not answered after ${MAX_BUSY_ROUNDS} rounds`);
      if (round > TIMELESS_ROUNDS) this.advance(SECOND);
      this.tick();
    }
    return answer;
  }

  /** Sends a call to the manager, and writes down what it is answered. */
  ask(method: string, args: readonly unknown[], options: Asking = {}): void {
    const { canister, snapshots, since, proxied, interval, sender = this.names.developer } = options;
    const index = this.calls.length;
    const call: ManagerCall = {
      sender,
      method,
      ...(canister !== undefined && { canister }),
      ...(snapshots !== undefined && { snapshots }),
      ...(since !== undefined && { since }),
      ...(proxied !== undefined && { proxied }),
      ...(interval !== undefined && { interval }),
      sentAt: this.observer.next(),
      sentTime: this.ic.certifiedTime(),
    };
    this.calls.push(call);
    this.send(toManager(this.names, method, args, sender), (result) => {
      const answer = answered(this.names, method, result);
      this.calls[index] = { ...call, answer, answeredAt: this.observer.next() };
    });
  }

  /** The same, and runs rounds until it is answered. */
  askNow(method: string, args: readonly unknown[], options: Asking = {}): Answered {
    const index = this.calls.length;
    this.ask(method, args, options);
    for (let round = 0; this.calls[index]?.answer === undefined; round += 1) {
      if (round > MAX_BUSY_ROUNDS) throw new Stuck(`${method} is not answered after ${MAX_BUSY_ROUNDS} rounds`);
      if (round > TIMELESS_ROUNDS) this.advance(SECOND);
      this.tick();
    }
    return this.calls[index]?.answer as Answered;
  }

  /** A message for the chat. One at a time: what the observer follows is their order. */
  append(message: string): void {
    if (this.observer.sentMessages.length > 0) return;
    this.observer.sentMessages.push(message);
    this.send(toChat(this.names, 'append', [message]), () => {
      this.observer.sentMessages = [];
    });
  }
}
