/**
 * A walk over the calls that could make a history shorter: policies that change, registration, backups, pins, adoption and
 * deletion by everybody who has a role, and time that passes or jumps, on the real canisters. After each step an oracle
 * that knows nothing of the product's rules compares the snapshots that the IC has with what the documents promise:
 * - the newest backup is there;
 * - of what was taken under an older policy, two deletions are at least 50 minutes apart, and each comes no sooner than
 *   an interval of its policy (an hour at least) after the one before, less the ten minutes that a run may be early;
 * - of what the timer took under the policy of now, as many stay as it keeps, as far as there are slots;
 * - a call by anybody below admin deletes nothing that the timer took.
 */
import { type CandidPolicy, type CandidResult, policyArg } from '@canister-backup/shared';
import type { Principal } from '@dfinity/principal';
import type { LocalIc, PrincipalText } from 'local-ic';
import type { Modules } from './canisters.ts';
import type { Names } from './history.ts';
import {
  about,
  deployNetwork,
  HOUR,
  hex,
  MINUTE,
  principal,
  replyValue,
  SECOND,
  snapshotArg,
  toChat,
  toManager,
} from './network.ts';
import { Random } from './random.ts';

const DAY = 24n * HOUR;
const MAX_ROUNDS = 200;

/** Schedules, each with the interval that the oracle counts with. */
const SCHEDULES: readonly [CandidPolicy['schedule'], bigint][] = [
  [{ every_seconds: 60n }, MINUTE],
  [{ every_seconds: 600n }, 10n * MINUTE],
  [{ every_seconds: 3600n }, HOUR],
  [{ every_seconds: 21_600n }, 6n * HOUR],
  [{ every_seconds: 86_400n }, DAY],
  [{ calendar: { cron: '* * * * *' } }, MINUTE],
  [{ calendar: { cron: '0 * * * *' } }, HOUR],
  [{ calendar: { cron: '30 3 * * *' } }, DAY],
];
const RULES = { last: 2, hourly: 0, daily: 4, weekly: 2, monthly: 0 };
const JUMPS = [30n * SECOND, MINUTE, 11n * MINUTE, 50n * MINUTE, HOUR, HOUR, 6n * HOUR, DAY, DAY, 40n * DAY];

type Kind = 'timer' | 'hand' | 'safety' | 'foreign';

/** A snapshot as the oracle knows it. */
interface Known {
  readonly id: string;
  readonly kind: Kind;
  readonly takenAt: bigint;
  /** Which policy it was taken under, and that one's interval. */
  readonly epoch: number;
  readonly every: bigint;
  readonly pinned: boolean;
}

interface Rule {
  readonly keep: number;
  readonly every: bigint;
  readonly rules: boolean;
  /** What the manager says decides whether a policy is another one. */
  readonly text: string;
}

export interface Walked {
  readonly steps: number;
  /** How often each kind of step was answered with `Ok`. */
  readonly done: Readonly<Record<string, number>>;
  readonly refused: number;
  /** Deletions of what was taken under an older policy, and all. */
  readonly paced: number;
  readonly deleted: number;
  /** The first promise that was broken. */
  readonly broken?: string | undefined;
}

/** @param onStep told after each step */
export function walk(
  modules: Modules,
  options: { readonly seed: number; readonly steps: number },
  onStep = (_: number) => {},
): Walked {
  const walker = new Walker(deployNetwork(modules), new Random(options.seed));
  for (let step = 1; step <= options.steps; step += 1) {
    walker.step();
    onStep(step);
    if (walker.broken !== undefined) return walker.result(step);
  }
  return walker.result(options.steps);
}

class Walker {
  broken: string | undefined;
  private readonly ic: LocalIc;
  private readonly names: Names;
  private readonly random: Random;
  private readonly operator: PrincipalText;
  private known: Known[] = [];
  private epoch = 0;
  private rule: Rule | undefined;
  private readonly gone: { readonly at: bigint; readonly pace: bigint }[] = [];
  private takenInEpoch = 0;
  private readonly done: Record<string, number> = {};
  private refused = 0;
  private deleted = 0;

  constructor({ ic, names }: { readonly ic: LocalIc; readonly names: Names }, random: Random) {
    this.ic = ic;
    this.names = names;
    this.random = random;
    this.operator = names.stranger;
    for (const role of [{ operator: null }, { restorer: null }]) {
      this.must('grant', [{ who: principal(this.operator), role, canister: [] }]);
    }
    this.again();
  }

  result(steps: number): Walked {
    const { done, refused, deleted, broken } = this;
    return { steps, done, refused, deleted, paced: this.gone.length, broken };
  }

  step(): void {
    const roll = this.random.below(100);
    if (roll < 45) this.pass(this.random.pick(JUMPS));
    else if (roll < 60) this.setPolicy();
    else if (roll < 66) this.again();
    else if (roll < 76) this.change('hand', 'backup', [this.chat()], this.operator);
    else if (roll < 80) this.restore();
    else if (roll < 84) this.pin();
    else if (roll < 88) this.adopt();
    else if (roll < 94) this.forbidden();
    else this.remove();
  }

  private chat(): Principal {
    return principal(this.names.chat);
  }

  private pass(nanos: bigint): void {
    this.ic.setTime(this.ic.time() + nanos);
    this.write();
    this.settle();
    this.observe('timer', `${nanos / SECOND} s passed`);
  }

  private write(): void {
    this.ic.call(toChat(this.names, 'append', ['hello']));
  }

  private policy(): { readonly policy: CandidPolicy; readonly rule: Rule } {
    const [schedule, every] = this.random.pick(SCHEDULES);
    const keep = this.random.between(1, 8);
    const rules = this.random.below(3) === 0;
    const immediate: [] | [boolean] = this.random.below(2) === 0 ? [] : [false];
    const policy = policyArg({ schedule, keep, mode: { stop: null }, retention: rules ? [RULES] : [], immediate });
    const text = JSON.stringify([String(every), 'calendar' in schedule, keep, rules]);
    return { policy, rule: { keep, every, rules, text } };
  }

  private setPolicy(): void {
    const { policy, rule } = this.policy();
    if (this.ask('set_policy', [{ canister: this.chat(), policy }])) this.begin(rule);
    this.observe('timer', 'set_policy');
  }

  /** Unregistered and registered again. */
  private again(): void {
    this.ask('unregister', [this.chat()]);
    const { policy, rule } = this.policy();
    if (this.ask('register', [{ canister: this.chat(), policy: [policy] }])) this.begin({ ...rule, text: '' });
    this.observe('timer', 'register');
  }

  private begin(rule: Rule): void {
    if (this.rule?.text !== rule.text || rule.text === '') {
      this.epoch += 1;
      this.takenInEpoch = 0;
    }
    this.rule = rule;
  }

  private restore(): void {
    this.write();
    this.change('safety', 'restore', [], this.operator);
  }

  /** By who may back up and restore, and no more. */
  private change(kind: Kind, name: string, args: readonly unknown[], sender: PrincipalText): void {
    const before = this.present().filter(({ kind: was }) => was === 'timer');
    this.ask(name, args, sender);
    this.observe(kind, name);
    const left = new Set(this.known.map(({ id }) => id));
    const lost = before.find(({ id }) => !left.has(id));
    if (lost !== undefined) this.fail(`${name} by an operator deleted ${lost.id}, which the timer took`);
  }

  private pin(): void {
    const one = this.known[this.random.below(Math.max(1, this.known.length))];
    if (one === undefined) return;
    const pinned = this.random.below(3) === 0;
    const named = snapshotArg(this.names.chat, one.id);
    const well = pinned ? this.ask('pin', [{ ...named, label: 'kept' }]) : this.ask('unpin', [named]);
    if (well) this.known = this.known.map((other) => (other.id === one.id ? { ...other, pinned } : other));
    this.observe('timer', 'pin');
  }

  private adopt(): void {
    if (this.known.length >= 9) return;
    this.ic.call(about('take_canister_snapshot', { canister_id: this.chat() }, this.names.developer));
    this.observe('foreign', 'a snapshot of another controller');
    const id = this.known.findLast(({ kind }) => kind === 'foreign')?.id;
    if (id === undefined) return;
    this.ask('adopt', [{ canister: this.chat(), snapshot_ids: [Buffer.from(id, 'hex')], good: [true] }]);
    this.observe('timer', 'adopt');
  }

  /** What an operator and restorer may not do. */
  private forbidden(): void {
    const one = this.known[this.random.below(Math.max(1, this.known.length))];
    const { policy } = this.policy();
    const calls: [string, readonly unknown[]][] = [
      ['set_policy', [{ canister: this.chat(), policy }]],
      ['unregister', [this.chat()]],
      ['settle', [this.chat()]],
      ...(one === undefined
        ? []
        : ([['delete_snapshot', [snapshotArg(this.names.chat, one.id)]]] as [string, unknown[]][])),
    ];
    const [name, args] = this.random.pick(calls);
    const was = this.ids();
    if (this.ask(name, args, this.operator)) this.fail(`${name} was open to an operator`);
    const is = new Set(this.ids());
    if (was.some((id) => !is.has(id))) this.fail(`${name} by an operator deleted a snapshot`);
  }

  /** An admin gives something up: that is at once, and no promise. */
  private remove(): void {
    if (this.random.below(2) === 0) this.ask('settle', [this.chat()]);
    const one = this.known[this.random.below(Math.max(1, this.known.length))];
    if (one === undefined || (this.known.length < 9 && one.kind === 'timer')) return;
    if (this.ask('delete_snapshot', [snapshotArg(this.names.chat, one.id)])) {
      this.known = this.known.filter(({ id }) => id !== one.id);
    }
    this.observe('timer', 'delete_snapshot');
  }

  private must(name: string, args: readonly unknown[]): void {
    if (!this.ask(name, args)) throw new Error(`${name} was refused`);
  }

  private ask(name: string, args: readonly unknown[], sender = this.names.developer): boolean {
    const result = this.ic.call(toManager(this.names, name, args, sender));
    const well = 'Ok' in replyValue<CandidResult<unknown>>(this.names, name, result);
    if (well) this.done[name] = (this.done[name] ?? 0) + 1;
    else this.refused += 1;
    this.settle();
    return well;
  }

  private settle(): void {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const { executions } = this.ic.tick();
      if (executions > 0) continue;
      const timer = this.ic.canister(this.names.manager)!.globalTimer;
      const open = this.ic.canister(this.names.manager)!.openCallContexts > 0;
      if (!open && (timer === 0n || timer > this.ic.time() + SECOND)) return;
      if (!open && timer > this.ic.time()) this.ic.setTime(timer);
    }
    throw new Error('the canisters are still busy');
  }

  private ids(): string[] {
    return this.ic.canister(this.names.chat)!.snapshots.map(({ id }) => hex(id));
  }

  private present(): Known[] {
    const ids = new Set(this.ids());
    return this.known.filter(({ id }) => ids.has(id));
  }

  /** @param kind of what is new, if a call is what brought it; what the timer took has no call */
  private observe(kind: Kind, what: string): void {
    const now = this.ic.time();
    const present = new Set(this.ids());
    const missing = this.known.filter(({ id }) => !present.has(id));
    const newest = this.known.filter((one) => one.kind === 'timer' || one.kind === 'hand').at(-1);
    for (const one of missing) this.lost(one, now, what);
    this.known = this.known.filter(({ id }) => present.has(id));
    const known = new Set(this.known.map(({ id }) => id));
    const fresh = this.ic.canister(this.names.chat)!.snapshots.filter(({ id }) => !known.has(hex(id)));
    for (const { id, takenAt } of fresh) {
      this.known.push({ id: hex(id), kind, takenAt, epoch: this.epoch, every: this.rule?.every ?? 0n, pinned: false });
      if (kind === 'timer') this.takenInEpoch += 1;
    }
    const backups = this.known.filter((one) => one.kind === 'timer' || one.kind === 'hand');
    if (newest !== undefined && missing.includes(newest) && backups.every(({ takenAt }) => takenAt < newest.takenAt)) {
      this.fail(`${what}: the newest backup ${newest.id} is gone`);
    }
    this.checkKept(what);
  }

  private lost(one: Known, at: bigint, what: string): void {
    this.deleted += 1;
    if (one.pinned) this.fail(`${what}: ${one.id} was pinned`);
    if (one.kind === 'safety' || one.kind === 'foreign' || one.epoch === this.epoch) return;
    const pace = one.every > HOUR ? one.every : HOUR;
    let paces = 0n;
    for (const before of [...this.gone].reverse()) {
      paces += paces === 0n ? pace : before.pace;
      const least = paces - 10n * MINUTE;
      if (at - before.at < least) {
        this.fail(
          `${what}: ${one.id} of an older policy is gone after ${(at - before.at) / MINUTE} minutes, not ${least / MINUTE}`,
        );
      }
      break;
    }
    this.gone.push({ at, pace });
  }

  private checkKept(what: string): void {
    if (this.rule === undefined || this.rule.rules) return;
    const own = this.known.filter(
      ({ kind, epoch, pinned }) => kind === 'timer' && epoch === this.epoch && !pinned,
    ).length;
    const safeties = this.known.filter(({ kind, pinned }) => kind === 'safety' && !pinned).length;
    const others = this.known.length - own - Math.min(safeties, 2);
    const promised = Math.min(this.rule.keep, this.takenInEpoch, Math.max(1, 8 - others));
    const pinned = this.known.filter((one) => one.epoch === this.epoch && one.pinned).length;
    // What an admin adopted counts for the policy like one that the timer took.
    const adopted = this.known.filter(({ kind }) => kind === 'foreign').length;
    if (own + pinned + adopted < promised)
      this.fail(`${what}: ${own} of the policy of now stay, and ${promised} were promised`);
  }

  private fail(why: string): void {
    this.broken ??= why;
  }
}
