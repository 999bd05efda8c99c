/** The checkers of what is promised and told: each is shown a history that is fine, and one for each thing it has to see. */
import { describe, expect, it } from 'vitest';
import { health, promised, records, rights, runsAgain, undisturbed } from '../src/checkers/index.ts';
import type { HealthTold, ManagerCall } from '../src/history.ts';
import { attributed } from '../src/proxied.ts';
import { CHAT, call, claims, DEVELOPER, FRIEND, MANAGER, NAMES, run, Story } from './story.ts';

const MINUTE = 60_000_000_000n;

describe('7 health sees', () => {
  const told = (more: Partial<HealthTold>): HealthTold => ({
    canister: CHAT,
    ill: 'empty',
    since: 100n,
    now: 200n,
    looks: 60n,
    level: 'ok',
    managerLevel: 'ok',
    asOf: undefined,
    ...more,
  });
  const check = (more: Partial<HealthTold>) => health(new Story().history({ health: [told(more)] })).length;

  it('a target that is called ok after a look that saw what is wrong', () => {
    expect(check({ asOf: 101n, now: 110n })).toBe(1);
    expect(check({ asOf: 99n, now: 110n })).toBe(0);
    expect(check({ asOf: 101n, now: 110n, level: 'warn' })).toBe(0);
  });

  it('a target that is called ok when it should have been looked at, unless the manager says that it cannot look', () => {
    expect(check({})).toBe(1);
    expect(check({ asOf: 99n })).toBe(1);
    expect(check({ now: 160n })).toBe(0);
    expect(check({ asOf: 99n, managerLevel: 'critical' })).toBe(0);
  });
});

describe('8 promised history sees', () => {
  const policy = (answeredAt: number, minutes: bigint): ManagerCall =>
    call({ method: 'set_policy', canister: CHAT, interval: minutes * MINUTE, answeredAt, answer: { kind: 'ok' } });
  /** Two snapshots of a policy, another policy at 10.5, and their deletions at these minutes. */
  const history = (first: bigint, second: bigint, calls: readonly ManagerCall[]) => {
    const story = new Story().backup('a').backup('b').backup('c').delete('a').delete('b').history();
    const times = [first, second];
    const effects = story.effects.map((effect) =>
      effect.method === 'delete_canister_snapshot' ? { ...effect, time: (times.shift() ?? 0n) * MINUTE } : effect,
    );
    const runs = ['a', 'b', 'c'].map((snapshot, index) => run(index + 1, { snapshot }));
    return promised({ ...story, ...claims(runs), effects, calls }).length;
  };

  it('what was taken under an older policy go faster than that policy let it go', () => {
    const calls = [policy(0, 1440n), policy(14.5, 1n)];
    expect(history(1000n, 2300n, calls)).toBe(1);
    expect(history(1000n, 2430n, calls)).toBe(0);
  });

  it('it go faster than one in 50 minutes, however short the older interval was', () => {
    const calls = [policy(0, 1n), policy(14.5, 60n)];
    expect(history(1000n, 1049n, calls)).toBe(1);
    expect(history(1000n, 1050n, calls)).toBe(0);
  });

  it('no breach under one policy, or where somebody named what went', () => {
    expect(history(1000n, 1001n, [policy(0, 1440n)])).toBe(0);
    const named = call({ method: 'delete_snapshot', canister: CHAT, snapshots: ['b'] });
    expect(history(1000n, 1001n, [policy(0, 1440n), policy(14.5, 1n), named])).toBe(0);
  });
});

describe('9 undisturbed sees', () => {
  const down = (rounds: number) => {
    const story = new Story().stop().take('a');
    for (let round = 2; round < rounds; round += 1) story.other('canister_status');
    return story.start().history({ undisturbedRounds: 1 });
  };

  it('a target that is down for longer than without a crowd', () => {
    expect(undisturbed(down(2))).toEqual([]);
    expect(undisturbed(down(3))).toHaveLength(1);
    const { undisturbedRounds, ...without } = down(3);
    expect(undisturbed(without)).toEqual([]);
    expect(undisturbed(new Story().stop().take('a').history({ undisturbedRounds: 1 }))).toHaveLength(1);
  });

  it('a run that fails for want of cycles', () => {
    const failed = run(1, { outcome: 'failed', error: 'not_enough_cycles', startedAt: 5n });
    expect(undisturbed({ ...down(2), ...claims([failed]) })).toHaveLength(1);
    expect(undisturbed({ ...down(2), ...claims([failed]), begunAt: 6n })).toEqual([]);
  });
});

describe('a stop by proxy', () => {
  const asked = (more: Partial<ManagerCall>) =>
    call({ method: 'proxy', canister: CHAT, proxied: 'stop_canister', answer: { kind: 'ok' }, ...more });
  const judged = (calls: ManagerCall[]) => {
    const { effects, ...story } = new Story().stop().history();
    return { ...story, effects: attributed(effects, { calls, names: NAMES }) };
  };

  it('is of who asked for it, and owes no start', () => {
    expect(runsAgain(judged([asked({})]))).toEqual([]);
    expect(judged([asked({})]).effects.map(({ sender }) => sender)).toEqual([DEVELOPER]);
  });

  it('is none if it was refused before it was sent, or of another canister, or later', () => {
    const refused = asked({ answer: { kind: 'err', code: 'run_in_progress' } });
    for (const calls of [[], [refused], [asked({ canister: 'x' })], [asked({ sentAt: 2 })]]) {
      expect(runsAgain(judged(calls))).toHaveLength(1);
      expect(judged(calls).effects.map(({ sender }) => sender)).toEqual([MANAGER]);
    }
  });
});

describe('6 rights sees', () => {
  const backup = call({
    method: 'backup',
    sender: FRIEND,
    canister: CHAT,
    sentAt: 10,
    answeredAt: 20,
    answer: { kind: 'ok' },
  });
  const grant = (sentAt: number) =>
    call({ method: 'grant', canister: CHAT, sentAt, answeredAt: sentAt + 1, answer: { kind: 'ok' } });
  const revoke = (sentAt: number) => call({ ...grant(sentAt), method: 'revoke' });
  const check = (...calls: ManagerCall[]) => rights(new Story().history({ calls: [...calls, backup] })).length;

  it('a friend who does what nobody granted, or what was taken back', () => {
    expect(check()).toBe(1);
    expect(check(grant(5))).toBe(0);
    expect(check(grant(15))).toBe(0);
    expect(check(grant(5), revoke(7))).toBe(1);
    expect(check(grant(5), revoke(12))).toBe(0);
    expect(check(grant(3), revoke(5), grant(8))).toBe(0);
  });
});

it('what a manager of before took is not missing from the records', () => {
  const story = new Story().stop('the manager before').take('a', 'the manager before').start('the manager before');
  expect(records(story.history())).toEqual([]);
  expect(records(new Story().backup('a').history())).toHaveLength(1);
});
