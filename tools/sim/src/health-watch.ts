/**
 * What is wrong with the targets and the manager, from the IC's own state, round by round: since when a target is deleted,
 * empty, not ours, down, or without a snapshot to restore, and since when the manager's timer is not set or it cannot pay.
 * The manager has to know what is so since before its last look. Nothing here is the manager's own code.
 */
import type { CanisterView, LocalIc, PrincipalText } from 'local-ic';
import { type HealthTold, type Names, targetsIn } from './history.ts';

/** Nanoseconds that a target may be down for a backup or a restore: the longest that any run may take. */
const DOWN = 600_000_000_000n;

/** What a run holds for its calls, in cycles: less than this, and none can begin. */
const CYCLES_OF_A_RUN = 16n * 42_000_000_000n;

export type Ill = 'deleted' | 'empty' | 'not_ours' | 'down' | 'asleep' | 'poor';

/** What is wrong with a canister, and since when (nanoseconds). */
type Illness = ReadonlyMap<Ill, bigint>;

export class HealthWatch {
  private ills = new Map<string, Illness>();
  /** When a snapshot of the target was last seen to be gone. */
  private lost = new Map<string, bigint>();
  private snapshots = new Map<string, number>();
  /** What health said, where something was wrong. */
  readonly told: HealthTold[] = [];

  fork(): HealthWatch {
    const copy = new HealthWatch();
    copy.ills = new Map(this.ills);
    copy.lost = new Map(this.lost);
    copy.snapshots = new Map(this.snapshots);
    return copy;
  }

  /** After each round. */
  look(ic: LocalIc, names: Names): void {
    const now = ic.certifiedTime();
    for (const target of targetsIn(names)) {
      const view = ic.canister(target);
      this.since(target, illsOfTarget(view, names.manager), now);
      const count = view?.snapshots.length ?? 0;
      if (count < (this.snapshots.get(target) ?? 0)) this.lost.set(target, now);
      this.snapshots.set(target, count);
    }
    const view = ic.canister(names.manager);
    this.since(names.manager, view === undefined ? [] : illsOfManager(view), now);
  }

  /** Times since when something is so that health has to tell at `now`. */
  illsOf(canister: PrincipalText, now: bigint): [Ill, bigint][] {
    return [...(this.ills.get(canister) ?? [])]
      .map(([ill, since]): [Ill, bigint] => [ill, ill === 'down' ? since + DOWN : since])
      .filter(([, since]) => since < now);
  }

  /** When one of its snapshots went last; 0 if none did. */
  lostSnapshotAt(target: PrincipalText): bigint {
    return this.lost.get(target) ?? 0n;
  }

  private since(canister: string, ills: readonly Ill[], now: bigint): void {
    const before = this.ills.get(canister);
    if (ills.length === 0 && before === undefined) return;
    this.ills.set(canister, new Map(ills.map((ill) => [ill, before?.get(ill) ?? now])));
  }
}

function illsOfTarget(view: CanisterView | undefined, manager: PrincipalText): Ill[] {
  if (view === undefined) return ['deleted'];
  const ills: Ill[] = [];
  if (view.moduleHash === null) ills.push('empty');
  if (!view.controllers.includes(manager)) ills.push('not_ours');
  if (view.status !== 'running') ills.push('down');
  return ills;
}

function illsOfManager(view: CanisterView): Ill[] {
  const ills: Ill[] = [];
  if (view.globalTimer === 0n) ills.push('asleep');
  if (view.cycles < CYCLES_OF_A_RUN) ills.push('poor');
  return ills;
}
