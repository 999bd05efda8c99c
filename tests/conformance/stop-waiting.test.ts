/** Snapshots reference, section 8: a stop that has to wait, is given up, or is cancelled. */
import { expect } from 'vitest';
import { STRANGER, statusOf } from '../harness/ic.ts';
import { answerOf, busyPair, codes, control, start, stop } from '../harness/lifecycle.ts';
import { calling, deployProxy, encodePlan, managing, planning } from '../harness/plan.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';
import { watFile } from '../harness/wat.ts';

const FIVE_MINUTES = 300_000;

conformance('stops that wait', (rule) => {
  rule(
    'a target that awaits an answer is Stopping until the answer was processed, and Stopped at the end of that round',
    async (ic) => {
      const { manager, target, release } = await busyPair(ic);
      await manager.launch(stop(target.id));
      await ic.ticks(5);
      expect(await ic.running(target.id)).toBe('stopping');
      expect(await manager.log()).toEqual([]);
      await release();
      await ic.ticks(3);
      expect(await ic.running(target.id)).toBe('stopped');
      expect(codes(await manager.log())).toEqual([[0, 0]]);
      await ic.manage('start_canister', { canister_id: target.id });
      // Its own answer was processed while it was stopping.
      expect(codes(await target.log())).toEqual([[0, 0]]);
    },
  );

  rule('a callback of a stopping canister may make new calls, and so prolong the wait', async (ic) => {
    const manager = await deployProxy(ic);
    const slow = await deployProxy(ic);
    await control(ic, manager, slow.id);
    const first = await ic.deploy(await watFile('holder'));
    const second = await ic.deploy(await watFile('holder'));
    await slow.launch(calling(first, 'hold'), calling(second, 'hold', { after: 0 }));
    await manager.launch(stop(slow.id));
    await ic.call(first, 'release');
    await ic.ticks(6);
    expect(await ic.running(slow.id)).toBe('stopping');
    await ic.call(second, 'release');
    await ic.ticks(6);
    expect(await ic.running(slow.id)).toBe('stopped');
    expect(codes(await manager.log())).toEqual([[0, 0]]);
  });

  rule(
    'checklist 8: after five minutes the stop is answered with code 2, and the target stays Stopping',
    async (ic) => {
      const { manager, target, release } = await busyPair(ic);
      await manager.launch(stop(target.id));
      await ic.ticks(1);
      await ic.advance(FIVE_MINUTES - 1_000);
      await ic.ticks(2);
      expect(await manager.log()).toEqual([]);
      await ic.advance(2_000);
      await ic.ticks(2);
      const answer = await answerOf(manager, 0);
      expect(answer.code).toBe(2);
      expect(answer.message).toBe('Stop canister request timed out');
      expect(await ic.running(target.id)).toBe('stopping');

      await release();
      await ic.ticks(3);
      expect(await ic.running(target.id)).toBe('stopped');
    },
  );

  rule('checklist 8: each of several stops has its own five minutes', async (ic) => {
    const { manager, target } = await busyPair(ic);
    await manager.launch(stop(target.id));
    await ic.ticks(1);
    await ic.advance(FIVE_MINUTES / 2);
    await manager.launch(stop(target.id));
    await ic.ticks(1);
    await ic.advance(FIVE_MINUTES / 2 + 1_000);
    await ic.ticks(2);
    expect(codes(await manager.log())).toEqual([[0, 2]]);
    await ic.advance(FIVE_MINUTES / 2);
    await ic.ticks(2);
    expect(codes(await manager.log())).toEqual([
      [0, 2],
      [1, 2],
    ]);
  });

  rule('several stops wait at the same time, and one stop answers them all', async (ic) => {
    const { manager, target, release } = await busyPair(ic);
    await manager.launch(stop(target.id), stop(target.id), stop(target.id));
    await ic.ticks(3);
    expect(await manager.log()).toEqual([]);
    await release();
    await ic.ticks(4);
    expect(codes(await manager.log()).sort()).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
  });

  rule(
    'checklist 9: start cancels every pending stop of a canister caller with code 5, and the target runs on',
    async (ic) => {
      const { manager, target } = await busyPair(ic);
      await manager.launch(stop(target.id), stop(target.id));
      await ic.ticks(2);
      const { version } = await ic.status(target.id);
      await manager.launch(start(target.id));
      await ic.ticks(2);
      expect(codes(await manager.log()).sort()).toEqual([
        [0, 5],
        [1, 5],
        [2, 0],
      ]);
      expect((await answerOf(manager, 0)).message).toBe(`Canister ${target.id}'s stop request cancelled`);
      const after = await ic.status(target.id);
      expect(statusOf(after)).toBe('running');
      expect(after.version).toBe(version + 1n);
      expect(await target.log()).toEqual([]);
    },
  );

  rule('checklist 9: a user whose stop is cancelled gets IC0511', async (ic) => {
    const { manager, target } = await busyPair(ic);
    // The start is sent some rounds after the user's stop, while the user waits.
    const later = managing('raw_rand', undefined);
    await manager.launch(later, { ...later, after: 0 }, start(target.id, { after: 1 }));
    const refused = await rejectOf(ic.pic.stopCanister({ canisterId: target.id }));
    expect(refused).toMatchObject({ errorCode: 'IC0511', rejectCode: 'CanisterError', certified: true });
    expect(refused.message).toBe(`Canister ${target.id}'s stop request was cancelled.`);
    expect(await ic.running(target.id)).toBe('running');
  });

  rule(
    'deadlock: a target that awaits its manager, which awaits its stop, is freed only by the five minutes',
    async (ic) => {
      const manager = await deployProxy(ic);
      const target = await deployProxy(ic);
      await control(ic, manager, target.id);
      await target.launch(planning(manager.id, 'perform', stop(target.id)));
      await ic.ticks(20);
      expect(await ic.running(target.id)).toBe('stopping');
      expect(await manager.log()).toEqual([]);
      await ic.advance(FIVE_MINUTES + 1_000);
      await ic.ticks(3);
      expect(codes(await manager.log())).toEqual([[0, 2]]);
      // The manager has answered, so that nothing is open any more.
      expect(await ic.running(target.id)).toBe('stopped');
    },
  );

  rule('a canister that stops itself and awaits the answer cannot become stopped', async (ic) => {
    const self = await deployProxy(ic);
    await control(ic, self, self.id);
    const perform = ic.call(self.id, 'perform', encodePlan([stop(self.id)]));
    await expect(perform).rejects.toThrow(/after 100 rounds|PocketIC server error/);
    expect(await ic.running(self.id)).toBe('stopping');
    await ic.advance(FIVE_MINUTES + 1_000);
    await ic.ticks(2);
    expect(await ic.running(self.id)).toBe('stopped');
    await ic.manage('start_canister', { canister_id: self.id });
    expect(codes(await self.log())).toEqual([[0, 2]]);
  });

  rule('a canister that sends its own stop without awaiting it does become stopped', async (ic) => {
    const self = await deployProxy(ic);
    await control(ic, self, self.id);
    await self.launch(stop(self.id));
    await ic.ticks(3);
    // Its own callback for the stop's answer is still outstanding when the stop executes.
    expect(await ic.running(self.id)).toBe('stopping');
    await ic.advance(FIVE_MINUTES + 1_000);
    await ic.ticks(2);
    expect(await ic.running(self.id)).toBe('stopped');
  });

  rule('someone who is no controller cannot stop: IC0512 at the door for users', async (ic) => {
    const { target } = await busyPair(ic);
    const refused = await rejectOf(ic.pic.stopCanister({ canisterId: target.id, sender: STRANGER }));
    expect(refused).toMatchObject({ errorCode: 'IC0512', certified: false });
    expect(await ic.running(target.id)).toBe('running');
  });
});
