/** Snapshots reference, sections 8 and 9: when stop, take and start happen, counted in rounds. */
import type { Principal } from '@icp-sdk/core/principal';
import { expect } from 'vitest';
import { toI32 } from '../harness/bytes.ts';
import { type Ic, type Running, statusOf } from '../harness/ic.ts';
import { codes, load, pair, start, status, stop, take } from '../harness/lifecycle.ts';
import { decodeResult } from '../harness/management.ts';
import { deployParts, setTimer, timerRuns } from '../harness/parts.ts';
import { calling, deployProxy, managing, type ProxyCanister } from '../harness/plan.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';
import { watFile } from '../harness/wat.ts';

/** T's status and how many answers M has, in the states after r0, r1, …: the launch is r0. */
interface Round {
  readonly status: Running;
  readonly answers: number;
}

async function watch(
  ic: Ic,
  { manager, target }: { manager: ProxyCanister; target: Principal },
  rounds: number,
): Promise<Round[]> {
  const seen: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    if (round > 0) await ic.ticks(1);
    seen.push({ status: await ic.running(target), answers: (await manager.log()).length });
  }
  return seen;
}

const statuses = (rounds: readonly Round[]): Running[] => rounds.map(({ status }) => status);
const answers = (rounds: readonly Round[]): number[] => rounds.map(({ answers: count }) => count);

conformance('stop and start in rounds', (rule) => {
  rule(
    'stop awaited, then take and start together: T is not running in the states after r1 and r2, two rounds',
    async (ic) => {
      const { manager, target } = await pair(ic);
      await manager.launch(stop(target), take(target, { after: 0 }), start(target, { after: 0 }));
      const rounds = await watch(ic, { manager, target }, 6);
      expect(statuses(rounds)).toEqual(['running', 'stopped', 'stopped', 'running', 'running', 'running']);
      expect(answers(rounds)).toEqual([0, 0, 1, 1, 3, 3]);
      expect(codes(await manager.log())).toEqual([
        [0, 0],
        [1, 0],
        [2, 0],
      ]);
      expect(await ic.snapshots(target)).toHaveLength(1);
    },
  );

  rule('checklist 3: a management call takes one round there and one back', async (ic) => {
    const { manager, target } = await pair(ic);
    await manager.launch(status(target), managing('raw_rand', undefined));
    const rounds = await watch(ic, { manager, target }, 3);
    expect(answers(rounds).slice(0, 2)).toEqual([0, 0]);
    expect((await manager.log())[0]).toMatchObject({ step: 0, code: 0 });
  });

  rule('checklist 3: an update that awaits the management canister is answered in three rounds', async (ic) => {
    const holder = await ic.deploy(await watFile('holder'));
    await ic.call(holder, 'release');
    const statusOnce = await deployProxy(ic);
    const before = (await ic.status(holder)).version;
    await statusOnce.launch(stop(holder));
    await ic.ticks(1);
    // Not a controller: the refusal too is executed there and comes back a round later.
    expect(await statusOnce.log()).toEqual([]);
    await ic.ticks(1);
    const [answer] = await statusOnce.log();
    expect(answer).toMatchObject({ code: 5 });
    expect(answer?.message).toMatch(
      new RegExp(`^IC0512: Only the controllers of the canister ${holder} can control it\\.`),
    );
    expect((await ic.status(holder)).version).toBe(before);
  });

  rule('calls between two canisters of one subnet are answered within one round', async (ic) => {
    const [one, other] = [await deployProxy(ic), await deployProxy(ic)];
    await one.launch(calling(other.id, 'launch'), calling(other.id, 'launch', { after: 0 }));
    expect(codes(await one.log())).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });

  rule('awaiting take before start costs two rounds more', async (ic) => {
    const { manager, target } = await pair(ic);
    await manager.launch(stop(target), take(target, { after: 0 }), start(target, { after: 1 }));
    const rounds = await watch(ic, { manager, target }, 7);
    expect(statuses(rounds)).toEqual(['running', 'stopped', 'stopped', 'stopped', 'stopped', 'running', 'running']);
  });

  rule('take and start sent one round after stop: T is down for one round, and the stop succeeded', async (ic) => {
    const { manager, target } = await pair(ic);
    await manager.launch(stop(target));
    await manager.launch(take(target), start(target));
    expect(await ic.running(target)).toBe('stopped');
    await ic.ticks(1);
    expect(await ic.running(target)).toBe('running');
    await ic.ticks(1);
    expect(codes(await manager.log())).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
  });

  rule(
    'stop, take and start sent together: take sees a stopping canister, start cancels the stop, no downtime',
    async (ic) => {
      const { manager, target } = await pair(ic);
      await manager.launch(stop(target), take(target), start(target));
      const rounds = await watch(ic, { manager, target }, 3);
      expect(statuses(rounds)).toEqual(['running', 'running', 'running']);
      const log = await manager.log();
      expect(codes(log).sort()).toEqual([
        [0, 5],
        [1, 0],
        [2, 0],
      ]);
      expect(log.find(({ step }) => step === 0)?.message).toBe(`Canister ${target}'s stop request cancelled`);
    },
  );

  rule('start does not depend on take: it runs in the same round when take fails', async (ic) => {
    const { manager, target } = await pair(ic);
    for (let count = 0; count < 10; count += 1) await ic.take(target);
    await manager.launch(stop(target), take(target, { after: 0 }), start(target, { after: 0 }));
    const rounds = await watch(ic, { manager, target }, 5);
    expect(statuses(rounds)).toEqual(['running', 'stopped', 'stopped', 'running', 'running']);
    const log = await manager.log();
    expect(codes(log)).toEqual([
      [0, 0],
      [1, 4],
      [2, 0],
    ]);
    expect(log[1]?.message).toMatch(/^IC0406: Canister .* has reached the maximum number of snapshots allowed: 10\./);
  });

  rule('a restore, stop awaited and then load and start together, is down for two rounds too', async (ic) => {
    const { manager, target } = await pair(ic);
    const { id } = await ic.take(target);
    await manager.launch(stop(target), load(target, id, { after: 0 }), start(target, { after: 0 }));
    const rounds = await watch(ic, { manager, target }, 5);
    expect(statuses(rounds)).toEqual(['running', 'stopped', 'stopped', 'running', 'running']);
    expect(codes(await manager.log())).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
  });

  rule(
    'checklist 2: stop completes only at the end of a round: a call of the same round finds T stopping',
    async (ic) => {
      const { manager, target } = await pair(ic);
      await manager.launch(stop(target), status(target));
      await ic.ticks(2);
      const log = await manager.log();
      const answer = log.find(({ step }) => step === 1);
      expect(answer?.code).toBe(0);
      expect(statusOf(decodeResult('canister_status', answer?.data ?? new Uint8Array()))).toBe('stopping');
    },
  );

  rule('stop of an idle canister by a user is answered in the round that takes it in', async (ic) => {
    const target = await deployParts(ic);
    const answer = await ic.submitManage('stop_canister', target);
    await ic.ticks(1);
    expect(await ic.running(target)).toBe('stopped');
    await answer();
  });

  rule(
    'a stop of a stopped canister is answered at once and adds one to the version, as does a start of a running one',
    async (ic) => {
      const target = await deployParts(ic);
      const named = { canister_id: target };
      const { version } = await ic.status(target);
      await ic.manage('start_canister', named);
      expect((await ic.status(target)).version).toBe(version + 1n);
      await ic.manage('stop_canister', named);
      // Once for stopping, once for having stopped.
      expect((await ic.status(target)).version).toBe(version + 3n);
      await ic.manage('stop_canister', named);
      expect((await ic.status(target)).version).toBe(version + 4n);
      await ic.manage('start_canister', named);
      expect((await ic.status(target)).version).toBe(version + 5n);
    },
  );

  rule('a timer that falls due while T is stopped fires in the round of the start', async (ic) => {
    const { manager, target } = await pair(ic);
    await setTimer(ic, target, 100);
    await ic.manage('stop_canister', { canister_id: target });
    await ic.advance(200_000);
    await ic.ticks(3);
    await manager.launch(start(target));
    expect(await ic.running(target)).toBe('stopped');
    await ic.ticks(1);
    expect(await timerRuns(ic, target)).toBe(1);
    await ic.ticks(3);
    expect(await timerRuns(ic, target)).toBe(1);
  });

  rule('heartbeats run once a round, and only while running', async (ic) => {
    const beating = await ic.deploy(await watFile('heartbeat'));
    const beats = async () => toI32(await ic.query(beating, 'read'));
    const before = await beats();
    await ic.ticks(3);
    expect(await beats()).toBe(before + 3);
    await ic.manage('stop_canister', { canister_id: beating });
    await ic.ticks(3);
    await ic.manage('start_canister', { canister_id: beating });
    const after = await beats();
    // The stop's own round starts no heartbeat any more; the start's does.
    expect(after - before).toBe(4);
  });

  rule('delete_canister is refused with IC0510 unless T is stopped', async (ic) => {
    const target = await deployParts(ic);
    const refused = await rejectOf(ic.manage('delete_canister', { canister_id: target }));
    expect(refused.errorCode).toBe('IC0510');
    expect(refused.message).toContain('must be stopped before it is deleted');
    await ic.manage('stop_canister', { canister_id: target });
    await ic.manage('delete_canister', { canister_id: target });
    expect((await rejectOf(ic.query(target, 'read'))).errorCode).toBe('IC0301');
  });
});
