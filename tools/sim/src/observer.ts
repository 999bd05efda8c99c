/**
 * Writes down what the IC does. A management call is seen before it runs; what it did is read off the canister as soon
 * as anything else happens.
 */
import type { ExecutionResultEvent, LocalIc, ManagementEvent, PrincipalText } from 'local-ic';
import { subjectOf } from './canisters.ts';
import type { Content, Effect, Execution, Names, Seen } from './history.ts';
import { carriedOut, takenBy } from './history.ts';

type Started = Omit<Effect, 'after'>;

export class Observer {
  names: Names;
  /** Set once the IC that is observed exists. */
  ic: LocalIc | undefined;
  effects: Effect[] = [];
  executions: Execution[] = [];
  content: Content = [];
  snapshotContents = new Map<string, Content>();
  /** Messages that were sent to the chat, oldest first, and neither executed nor refused yet. */
  sentMessages: string[] = [];
  /** Positions between which everything is gone from the manager's memory. */
  private forgotten: { readonly from: number; readonly to: number }[] = [];
  /** Position of the manager's memory in each snapshot of it. */
  private memories = new Map<string, number>();
  private position = 0;
  /** From when each start of the manager is on its way that was not executed yet, in their order. */
  private offeredStarts: number[] = [];
  private started: Started | undefined;

  constructor(names: Names) {
    this.names = names;
  }

  /** What was observed so far, for another IC that goes on from here. */
  fork(): Observer {
    const copy = new Observer(this.names);
    this.settle();
    copy.effects = [...this.effects];
    copy.executions = [...this.executions];
    copy.content = this.content;
    copy.snapshotContents = new Map(this.snapshotContents);
    copy.sentMessages = [...this.sentMessages];
    copy.position = this.position;
    copy.forgotten = [...this.forgotten];
    copy.memories = new Map(this.memories);
    copy.offeredStarts = [...this.offeredStarts];
    return copy;
  }

  /** Position among everything that happens. */
  next(): number {
    this.position += 1;
    return this.position;
  }

  here(): number {
    return this.position;
  }

  /** The manager's memory of what happened from a position on is gone. */
  forget(from: number): void {
    this.settle();
    this.forgotten.push({ from, to: this.next() });
  }

  isForgotten(at: number): boolean {
    return this.forgotten.some(({ from, to }) => at >= from && at < to);
  }

  see(canister: string): Seen | null {
    const view = this.ic?.canister(canister as PrincipalText);
    if (view === undefined) return null;
    return {
      status: view.status,
      controllers: view.controllers,
      snapshots: view.snapshots.map(({ id }) => Buffer.from(id).toString('hex')),
      version: view.version,
      hasCode: view.moduleHash !== null,
    };
  }

  /** The manager's request is on its way. Those to one canister stay in their order. */
  onOffered(method: string): void {
    if (method === 'start_canister') this.offeredStarts.push(this.next());
  }

  /** Before a management call runs, or is rejected by a fault. */
  onManagement(event: ManagementEvent, rejected: boolean): void {
    this.settle();
    const isStart = event.sender === this.names.manager && event.method === 'start_canister';
    const offeredAt = isStart ? this.offeredStarts.shift() : undefined;
    const subject = subjectOf(event.method, event.payload);
    if (subject === null) return;
    this.started = {
      at: this.next(),
      round: event.round,
      time: this.ic?.certifiedTime() ?? 0n,
      sender: event.sender,
      method: event.method,
      ...subject,
      ...(offeredAt !== undefined && { offeredAt }),
      rejected,
      before: this.see(subject.canister),
    };
  }

  /** Completes the management call that was seen last. */
  settle(): void {
    if (this.started === undefined) return;
    const effect: Effect = { ...this.started, after: this.see(this.started.canister) };
    this.started = undefined;
    this.effects.push(effect);
    if (!carriedOut(effect)) return;
    if (effect.canister === this.names.chat) this.follow(effect);
    if (effect.canister === this.names.manager) this.remember(effect);
  }

  private remember({ method, at, snapshot = '', ...effect }: Effect): void {
    if (method === 'take_canister_snapshot') this.memories.set(takenBy({ method, at, ...effect }) as string, at);
    const from = method === 'load_canister_snapshot' ? this.memories.get(snapshot) : undefined;
    if (from !== undefined) this.forget(from);
  }

  private follow(effect: Effect): void {
    if (effect.method === 'take_canister_snapshot') {
      this.snapshotContents.set(takenBy(effect) as string, this.content);
      if (effect.after?.hasCode === false) this.content = null;
    } else if (effect.method === 'load_canister_snapshot') {
      this.content = this.snapshotContents.get(effect.snapshot ?? '') ?? null;
    } else if (effect.method === 'uninstall_code') {
      this.content = null;
    }
  }

  onExecuted(event: ExecutionResultEvent): void {
    this.settle();
    const { canisterId, kind, method, hostCalls, instructions, trap } = event;
    if (canisterId === this.names.chat && kind === 'update' && method === 'append') {
      const message = this.sentMessages.shift();
      if (trap === null && message !== undefined) this.content = [...(this.content ?? []), message];
    }
    // Its bug: if there is no spam, and here is none, every message is lost.
    if (canisterId === this.names.chat && method === 'remove_spam' && trap === null) this.content = [];
    if (canisterId !== this.names.manager || kind === 'query' || kind === 'inspect_message') return;
    const { round } = event;
    this.executions.push({
      at: this.next(),
      round,
      kind,
      method,
      hostCalls,
      instructions,
      trapped: trap !== null,
    });
  }
}
