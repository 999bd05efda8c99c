/** Histories as the checkers read them, told event by event. */
import type { PrincipalText } from 'local-ic';
import type { ClaimedRun, Effect, Execution, History, ManagerCall, Seen } from '../src/history.ts';

export const [MANAGER, CHAT, WORKER, DEVELOPER, STRANGER, FRIEND] = [
  'm',
  'c',
  'w',
  'd',
  's',
  'f',
] as PrincipalText[] as [PrincipalText, PrincipalText, PrincipalText, PrincipalText, PrincipalText, PrincipalText];
export const NAMES = {
  manager: MANAGER,
  chat: CHAT,
  worker: WORKER,
  developer: DEVELOPER,
  stranger: STRANGER,
  friend: FRIEND,
};

type Status = Seen['status'];

/** Tells a story of the chat, event by event; positions and times count up. */
export class Story {
  private position = 0;
  private round = 0;
  private status: Status = 'running';
  private snapshots: string[] = [];
  readonly effects: Effect[] = [];
  readonly executions: Execution[] = [];

  private seen(): Seen {
    return {
      status: this.status,
      controllers: [MANAGER, DEVELOPER],
      snapshots: [...this.snapshots],
      version: BigInt(this.effects.length),
      hasCode: true,
    };
  }

  /** A start goes out with what is before it. */
  private call(method: string, sender: string, change: () => void, snapshot?: string): this {
    const before = this.seen();
    change();
    this.position += 1;
    if (method !== 'start_canister') this.round += 1;
    const effect = {
      at: this.position,
      round: this.round,
      time: BigInt(this.position),
      sender,
      method,
      canister: CHAT,
      rejected: false,
      before,
      after: { ...this.seen(), version: before.version + 1n },
    };
    this.effects.push(snapshot === undefined ? effect : { ...effect, snapshot });
    return this;
  }

  stop(sender: string = MANAGER): this {
    return this.call('stop_canister', sender, () => {
      this.status = 'stopped';
    });
  }

  start(sender: string = MANAGER): this {
    return this.call('start_canister', sender, () => {
      this.status = 'running';
    });
  }

  take(id: string, sender: string = MANAGER): this {
    return this.call('take_canister_snapshot', sender, () => {
      this.snapshots = [...this.snapshots, id];
    });
  }

  load(id: string): this {
    return this.call('load_canister_snapshot', MANAGER, () => {}, id);
  }

  delete(id: string): this {
    return this.call(
      'delete_canister_snapshot',
      MANAGER,
      () => {
        this.snapshots = this.snapshots.filter((other) => other !== id);
      },
      id,
    );
  }

  other(method: string): this {
    return this.call(method, MANAGER, () => {});
  }

  /** The manager reads an answer. */
  reads(method: string): this {
    this.position += 1;
    const execution = { at: this.position, round: this.position, kind: 'reply', method, trapped: false };
    this.executions.push({ ...execution, hostCalls: 1, instructions: 1n });
    return this;
  }

  backup(id: string): this {
    return this.stop().take(id).start().reads('take_canister_snapshot').reads('start_canister');
  }

  history(more: Partial<History> = {}): History {
    const targets = new Map([
      [CHAT, this.seen()],
      [WORKER, this.seen()],
    ]);
    return {
      names: NAMES,
      begin: 0,
      effects: this.effects,
      executions: this.executions,
      calls: [],
      snapshotContents: new Map(),
      contents: [],
      recovered: targets,
      recoveredAt: this.position,
      final: targets,
      claims: { runs: [], snapshots: [], openRuns: 0 },
      refusals: [],
      health: [],
      begunAt: 0n,
      ...more,
    };
  }
}

export const run = (id: number, more: Partial<ClaimedRun> = {}): ClaimedRun => ({
  id: BigInt(id),
  canister: CHAT,
  kind: 'backup',
  outcome: 'succeeded',
  phase: 'closed',
  askedBy: 'timer',
  startedAt: 0n,
  endedAt: 100n,
  deleted: [],
  startedAgain: true,
  warnings: [],
  ...more,
});

export const claims = (runs: ClaimedRun[], snapshots: History['claims']['snapshots'] = []) => ({
  claims: { runs, snapshots, openRuns: 0 },
});

export const call = (more: Partial<ManagerCall>): ManagerCall => ({
  sender: DEVELOPER,
  method: 'restore',
  sentAt: 0,
  sentTime: 0n,
  answeredAt: 100,
  ...more,
});
