/** Snapshots reference, section 8: what others see while a canister is stopping or stopped. */
import { expect } from 'vitest';
import { i32 } from '../harness/bytes.ts';
import { statusOf } from '../harness/ic.ts';
import { answerOf, busyPair, pair, start, stop, take } from '../harness/lifecycle.ts';
import { everywhere, readParts } from '../harness/parts.ts';
import { calling, deployProxy } from '../harness/plan.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';

conformance('a canister that does not run', (rule) => {
  rule('stopping: a user is refused at the door with IC0509', async (ic) => {
    const { manager, target } = await busyPair(ic);
    await manager.launch(stop(target.id));
    await ic.ticks(1);
    const refused = await rejectOf(ic.call(target.id, 'launch'));
    expect(refused).toMatchObject({ errorCode: 'IC0509', rejectCode: 'CanisterError', certified: false });
    expect(refused.message).toContain(`Canister ${target.id} is stopping`);
  });

  rule('stopped: a user is refused at the door with IC0508', async (ic) => {
    const { target } = await pair(ic);
    await ic.manage('stop_canister', { canister_id: target });
    const refused = await rejectOf(ic.call(target, 'set', i32(1)));
    expect(refused).toMatchObject({ errorCode: 'IC0508', rejectCode: 'CanisterError', certified: false });
    expect(refused.message).toContain(`Canister ${target} is stopped`);
  });

  rule('stopping: queries are IC0509; stopped: IC0508', async (ic) => {
    const { manager, target, release } = await busyPair(ic);
    await manager.launch(stop(target.id));
    await ic.ticks(1);
    const stopping = await rejectOf(ic.query(target.id, 'read'));
    expect(stopping).toMatchObject({ errorCode: 'IC0509', certified: false });
    expect(stopping.message).toContain(`Canister ${target.id} is not running`);
    await release();
    await ic.ticks(3);
    const stopped = await rejectOf(ic.query(target.id, 'read'));
    expect(stopped).toMatchObject({ errorCode: 'IC0508', certified: false });
    expect(stopped.message).toContain(
      `Canister ${target.id} is stopped and therefore does not have a CallContextManager`,
    );
  });

  rule('stopping and stopped: the call of another canister is rejected with code 5, in the same round', async (ic) => {
    const { manager, target, release } = await busyPair(ic);
    const caller = await deployProxy(ic);
    await manager.launch(stop(target.id));
    await ic.ticks(1);
    await caller.launch(calling(target.id, 'launch'));
    expect((await answerOf(caller, 0)).code).toBe(5);
    expect((await answerOf(caller, 0)).message).toContain(`Canister ${target.id} is stopping`);
    await release();
    await ic.ticks(3);
    await caller.launch(calling(target.id, 'launch'));
    expect((await answerOf(caller, 1)).code).toBe(5);
    expect((await answerOf(caller, 1)).message).toContain(`Canister ${target.id} is stopped`);
  });

  rule(
    'a message that is queued when the stop executes is rejected when its turn comes, and does not block the stop',
    async (ic) => {
      const { manager, target } = await pair(ic);
      await manager.launch(stop(target));
      // Still running: the door lets the message in; in the next round the stop executes first.
      const refused = await rejectOf(ic.call(target, 'set', i32(5)));
      expect(refused).toMatchObject({ errorCode: 'IC0509', certified: true });
      expect(refused.message).toContain(`Canister ${target} is not running`);
      expect(await ic.running(target)).toBe('stopped');
      await ic.manage('start_canister', { canister_id: target });
      expect(await readParts(ic, target)).toEqual({ ...everywhere(0), stablePages: 0 });
    },
  );

  rule('of a pause of two rounds, users notice r1 to r3: what they send from r4 on succeeds', async (ic) => {
    const outcomes: string[] = [];
    for (const rounds of [0, 1, 2, 3]) {
      const { manager, target } = await pair(ic);
      await manager.launch(stop(target), take(target, { after: 0 }), start(target, { after: 0 }));
      await ic.ticks(rounds);
      const outcome = await ic.call(target, 'set', i32(1)).then(
        () => 'ok',
        async (error: unknown) => (await rejectOf(Promise.reject(error))).errorCode,
      );
      outcomes.push(outcome);
    }
    expect(outcomes).toEqual(['IC0509', 'IC0508', 'IC0508', 'ok']);
  });

  rule('management calls about it work: status, settings, snapshots, upgrade', async (ic) => {
    const { target } = await pair(ic);
    await ic.manage('stop_canister', { canister_id: target });
    const { id } = await ic.take(target);
    await ic.load(target, id);
    await ic.manage('delete_canister_snapshot', { canister_id: target, snapshot_id: id });
    await ic.pic.updateCanisterSettings({ canisterId: target, freezingThreshold: 99n });
    const after = await ic.status(target);
    expect(statusOf(after)).toBe('stopped');
    expect(after.settings.freezing_threshold).toBe(99n);
  });

  rule('a canister that does not exist: IC0301 for users, code 3 for canisters', async (ic) => {
    const { target } = await pair(ic);
    const caller = await deployProxy(ic);
    await ic.manage('stop_canister', { canister_id: target });
    await ic.manage('delete_canister', { canister_id: target });
    expect((await rejectOf(ic.call(target, 'set', i32(1)))).errorCode).toBe('IC0301');
    await caller.launch(calling(target, 'set'));
    await ic.ticks(2);
    const answer = await answerOf(caller, 0);
    expect(answer.code).toBe(3);
    expect(answer.message).toContain(`${target} not found`);
  });

  rule('a canister without a module: IC0537 for users, code 5 for canisters', async (ic) => {
    const empty = await ic.pic.createCanister();
    const caller = await deployProxy(ic);
    expect((await rejectOf(ic.call(empty, 'set'))).errorCode).toBe('IC0537');
    await caller.launch(calling(empty, 'set'));
    const answer = await answerOf(caller, 0);
    expect(answer.code).toBe(5);
    expect(answer.message).toContain('contains no Wasm module');
  });
});
