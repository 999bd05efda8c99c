/** Faults at the boundaries of an IC, and an observer behind them. */
import type { DeliverEvent, ExecutionEvent, Interceptor, ManagementEvent, Reject } from 'local-ic';
import { canReject, type Fault, timesOf } from './faults.ts';
import type { Observer } from './observer.ts';

/** How often each kind of boundary was passed. */
export interface Counters {
  executions: number;
  managementCalls: number;
  messages: number;
}

interface Held {
  readonly kind: DeliverEvent['kind'];
  /** Round in which it is let go. */
  readonly until: number;
  readonly worker: boolean;
}

export class Boundaries {
  readonly counters: Counters = { executions: 0, managementCalls: 0, messages: 0 };
  /** No fault strikes any more. */
  healed = false;
  /** Answers to the worker's calls are held back. */
  workerBusy = false;
  /** Executions of the timer library's own code that a fault undid: it sets no timer any more before an upgrade. */
  timersLost = false;
  private readonly faults: readonly Fault[];
  private readonly observer: Observer;
  /** Messages that the engine holds, in its order: it offers them again in this order at the start of each round. */
  private held: Held[] = [];
  private offered: Held[] = [];
  private round = -1;

  constructor(faults: readonly Fault[], observer: Observer) {
    this.faults = faults;
    this.observer = observer;
  }

  interceptor(): Interceptor {
    return {
      execute: (event) => this.execute(event),
      executed: (event) => this.observer.onExecuted(event),
      management: (event) => this.management(event),
      deliver: (event) => this.deliver(event),
    };
  }

  private find<Kind extends Fault['kind']>(kind: Kind, nth: number): Extract<Fault, { kind: Kind }> | undefined {
    if (this.healed) return undefined;
    return this.faults.find(
      (fault): fault is Extract<Fault, { kind: Kind }> =>
        fault.kind === kind && 'nth' in fault && fault.nth <= nth && nth < fault.nth + timesOf(fault),
    );
  }

  private execute(event: ExecutionEvent): { instructionLimit?: bigint; trapAtHostCall?: number } | undefined {
    this.observer.settle();
    const { canisterId, kind } = event;
    if (canisterId !== this.observer.names.manager || kind === 'query' || kind === 'inspect_message') return undefined;
    const nth = this.counters.executions;
    this.counters.executions += 1;
    const trap = this.find('trap', nth);
    const starve = this.find('starve', nth);
    if (trap === undefined && starve === undefined) return undefined;
    if (isTimerLibrary(event)) this.timersLost = true;
    return {
      ...(trap && { trapAtHostCall: trap.at }),
      ...(starve && { instructionLimit: BigInt(starve.instructions) }),
    };
  }

  private management(event: ManagementEvent): { reject: Reject } | undefined {
    let fault: Extract<Fault, { kind: 'reject' }> | undefined;
    if (event.sender === this.observer.names.manager) {
      const found = this.find('reject', this.counters.managementCalls);
      this.counters.managementCalls += 1;
      // Other faults may have put another call in the place of the one that was meant.
      if (found !== undefined && canReject(event.method, found.reject)) fault = found;
    }
    this.observer.onManagement(event, fault !== undefined);
    if (fault === undefined) return undefined;
    return { reject: fault.reject };
  }

  private deliver(event: DeliverEvent): { delay: true } | undefined {
    this.observer.settle();
    if (event.round !== this.round) {
      this.round = event.round;
      this.offered = this.held;
      this.held = [];
    }
    const message = event.delayed > 0 ? this.offered.shift() : this.newMessage(event);
    if (message === undefined) return undefined;
    const goesOn = message.worker ? this.workerBusy : !this.healed && event.round < message.until;
    if (!goesOn) return undefined;
    this.held.push(message);
    return { delay: true };
  }

  /** A message that is to be held back. Requests to the same canister arrive in the order in which they were sent. */
  private newMessage(event: DeliverEvent): Held | undefined {
    const { names } = this.observer;
    if (event.caller === names.worker && event.kind === 'response' && event.method === 'raw_rand') {
      return this.workerBusy ? { kind: 'response', until: 0, worker: true } : undefined;
    }
    if (event.caller !== names.manager) return undefined;
    const fault = this.find('delay', this.counters.messages);
    this.counters.messages += 1;
    if (event.kind === 'request') this.observer.onOffered(event.method);
    const until = fault === undefined ? 0 : event.round + fault.rounds;
    const before =
      event.kind === 'request' ? this.held.filter(({ kind, worker }) => kind === 'request' && !worker) : [];
    const latest = Math.max(until, ...before.map((held) => held.until));
    return latest > event.round ? { kind: event.kind, until: latest, worker: false } : undefined;
  }
}

/** The global timer and the answer of `timer_executor` are ic-cdk-timers' own; nothing in JavaScript runs in them. */
export function isTimerLibrary({ kind, method }: { readonly kind: string; readonly method: string }): boolean {
  return kind === 'global_timer' || (['reply', 'reject'].includes(kind) && method.includes('timer_executor'));
}
