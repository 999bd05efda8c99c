/** Each checker is shown one history that is fine, and one for each thing that it has to see. */
import { describe, expect, it } from 'vitest';
import { CHECKERS, oneAtATime, records, restores, rights, runsAgain } from '../src/checkers/index.ts';
import { CHAT, call, claims, DEVELOPER, run, STRANGER, Story } from './story.ts';

it('a backup that goes well breaks nothing', () => {
  const story = new Story().backup('a').backup('b').delete('a');
  const snapshots = [{ id: 'b', canister: CHAT, good: true, runId: 1n }];
  const history = story.history(claims([run(1, { snapshot: 'b', deleted: ['a'] })], snapshots));
  expect(CHECKERS.flatMap((check) => check(history))).toEqual([]);
});

describe('1 runs again sees', () => {
  it('a target that we stopped and nobody started', () => {
    expect(runsAgain(new Story().stop().take('a').history())).toHaveLength(1);
    expect(runsAgain(new Story().stop().take('a').start().history())).toEqual([]);
  });

  it('a target that somebody else had stopped and we started', () => {
    const against = () => new Story().stop(DEVELOPER).stop().reads('canister_status').take('a');
    expect(runsAgain(against().start().history())).toHaveLength(1);
    expect(runsAgain(against().history())).toEqual([]);
  });

  it('no fault of ours where the answer to the status sent with our stop was lost', () => {
    expect(runsAgain(new Story().stop(DEVELOPER).stop().take('a').start().history())).toEqual([]);
  });

  it('no fault of ours where our start was on its way before somebody stopped it, or the target was given up', () => {
    const again = () => new Story().stop().start(DEVELOPER).stop(DEVELOPER);
    const known = () => again().other('canister_status').reads('canister_status').start();
    const sentAt = (position: number) => {
      const { effects, ...story } = known().history();
      return runsAgain({ ...story, effects: [...effects.slice(0, -1), { ...effects.at(-1)!, offeredAt: position }] });
    };
    expect(sentAt(2)).toEqual([]);
    expect(sentAt(5)).toHaveLength(1);
    // What they did since our stop, nobody had told us.
    expect(runsAgain(again().start().history())).toEqual([]);
    const left = new Story().stop().take('a');
    const unregistered = call({ method: 'unregister', canister: CHAT });
    const told = claims([run(1, { outcome: 'failed', error: 'start_failed', warnings: ['given_up_stopped'] })]);
    expect(runsAgain(left.history({ ...told, calls: [unregistered] }))).toEqual([]);
    expect(runsAgain(left.history({ ...told }))).toHaveLength(1);
    expect(runsAgain(left.history({ calls: [unregistered] }))).toHaveLength(1);
  });

  it('no fault of ours where somebody stopped it in the middle, or our start may not have reached it', () => {
    expect(runsAgain(new Story().stop().stop(DEVELOPER).start().history())).toEqual([]);
    expect(runsAgain(new Story().stop().start().stop(DEVELOPER).start().history())).toEqual([]);
    const known = new Story().stop().reads('canister_status').start().reads('start_canister').stop(DEVELOPER).start();
    expect(runsAgain(known.history())).toHaveLength(1);
    const asked = new Story().stop().start().stop(DEVELOPER).other('canister_status').reads('canister_status').start();
    expect(runsAgain(asked.history())).toHaveLength(1);
  });
});

describe('3 restores sees', () => {
  const restored = () => new Story().backup('a').stop().load('a').start();
  const its = run(1, { kind: 'restore', snapshot: 'a' });

  it('a restore that says what did not happen', () => {
    const calls = [call({ answer: { kind: 'ok', snapshot: 'a' } })];
    expect(restores(restored().history({ calls, ...claims([its]) }))).toEqual([]);
    expect(restores(new Story().backup('a').history({ calls }))).toHaveLength(1);
    expect(restores(new Story().backup('a').history(claims([its])))).toHaveLength(1);
  });

  it('a failed restore that did happen, and one that no run tells of', () => {
    const failed = run(1, { kind: 'restore', snapshot: 'a', outcome: 'failed', error: 'load_failed' });
    expect(restores(restored().history(claims([failed])))).toHaveLength(1);
    expect(restores(restored().history({ ...claims([failed]), final: new Map([[CHAT, null]]) }))).toEqual([]);
    expect(restores(restored().history(claims([{ ...failed, stateAfter: 'before' }])))).toHaveLength(1);
    expect(restores(restored().history(claims([{ ...failed, stateAfter: 'snapshot' }])))).toEqual([]);
    expect(restores(restored().history())).toHaveLength(1);
  });

  it('a target that we left without code', () => {
    const emptied = new Story().take('s');
    const effects = emptied.effects.map((effect) => ({ ...effect, after: { ...effect.after!, hasCode: false } }));
    const recovered = new Map([[CHAT as string, effects[0]!.after]]);
    expect(restores(emptied.history({ effects, recovered }))).toHaveLength(1);
    expect(restores(emptied.history({ effects }))).toEqual([]);
    const told = claims([run(1, { outcome: 'failed', error: 'load_failed', warnings: ['nothing_to_load'] })]);
    expect(restores(emptied.history({ effects, recovered, ...told }))).toEqual([]);
    // It had code again, and without cycles the IC took it.
    const back = {
      ...effects[0]!,
      at: 9,
      method: 'start_canister',
      before: effects[0]!.after,
      after: effects[0]!.before,
    };
    expect(restores(emptied.history({ effects: [...effects, back], recovered }))).toEqual([]);
  });

  it('a snapshot that is loaded twice in a run', () => {
    expect(
      restores(
        restored()
          .load('a')
          .history(claims([its])),
      ),
    ).toHaveLength(1);
  });

  it('messages that are not those of the snapshot', () => {
    const contents = [{ expected: ['a'], told: ['a', 'b'], when: 'at the end' }];
    expect(restores(new Story().history({ contents }))).toHaveLength(1);
  });
});

describe('4 records sees', () => {
  const taken = () => new Story().backup('a');
  const good = { id: 'a', canister: CHAT, good: true, runId: 1n };

  it('a success without a snapshot', () => {
    expect(records(taken().history(claims([run(1, { snapshot: 'a' })], [good])))).toEqual([]);
    expect(
      records(
        new Story()
          .stop()
          .start()
          .history(claims([run(1, { snapshot: 'a' })])),
      ),
    ).toHaveLength(1);
  });

  it('a start that was not', () => {
    expect(records(new Story().history(claims([run(1, { kind: 'restore' })])))).toHaveLength(1);
  });

  it('a deletion that was not', () => {
    const claimed = run(1, { snapshot: 'a', deleted: ['a'] });
    expect(records(taken().history(claims([claimed], [good])))).toHaveLength(1);
  });

  it('a snapshot that no record tells of', () => {
    expect(records(taken().history(claims([])))).toHaveLength(1);
    const unknown = { outcome: 'interrupted', error: 'take_unknown' };
    expect(records(taken().history(claims([run(1, unknown)])))).toEqual([]);
    expect(records(taken().history(claims([run(1, { ...unknown, error: 'interrupted' })])))).toHaveLength(1);
    expect(records(taken().history(claims([run(1, { outcome: 'failed' })])))).toHaveLength(1);
    expect(records(taken().history(claims([run(1, { ...unknown, endedAt: 1n, startedAgain: false })])))).toHaveLength(
      1,
    );
  });

  it('a take that a run says was not carried out', () => {
    const denied = run(1, { outcome: 'interrupted', error: 'take_not_carried_out' });
    expect(records(taken().history(claims([denied], [good])))).toHaveLength(1);
  });

  it('a good one that was taken of a running target, or that we deleted', () => {
    const running = new Story().take('a').history(claims([run(1, { snapshot: 'a', startedAgain: false })], [good]));
    expect(records(running)).toHaveLength(1);
    const deleted = taken().backup('b').delete('a');
    const both = [good, { ...good, id: 'b' }];
    expect(records(deleted.history(claims([run(1, { snapshot: 'b' })], both)))).toHaveLength(1);
  });
});

describe('5 one at a time sees', () => {
  it('two operations in one stop', () => {
    expect(oneAtATime(new Story().stop().take('a').take('b').start().history())).toHaveLength(1);
    expect(oneAtATime(new Story().stop().take('s').load('a').start().history())).toEqual([]);
    expect(oneAtATime(new Story().stop().start().stop().start().history())).toEqual([]);
    expect(oneAtATime(new Story().stop().stop().history())).toHaveLength(1);
    expect(oneAtATime(new Story().stop().start(DEVELOPER).stop().start().history())).toEqual([]);
  });

  it('runs that overlap', () => {
    const first = run(1, { startedAt: 0n, endedAt: 10n });
    expect(oneAtATime(new Story().history(claims([first, run(2, { startedAt: 5n })])))).toHaveLength(1);
    expect(oneAtATime(new Story().history(claims([first, run(2, { startedAt: 10n })])))).toEqual([]);
  });

  it('one run as the answer to two calls, and a refusal that does not say what is running', () => {
    const answer = { kind: 'ok', runId: 1n } as const;
    expect(oneAtATime(new Story().history({ calls: [call({ answer }), call({ answer })] }))).toHaveLength(1);
    const silent = call({ answer: { kind: 'err', code: 'run_in_progress' } });
    expect(oneAtATime(new Story().history({ calls: [silent] }))).toHaveLength(1);
  });
});

describe('5 one at a time sees what is held', () => {
  it('changed by us between the answer to the hold and its end', () => {
    const hold = call({ method: 'hold', canister: CHAT, answer: { kind: 'ok' }, answeredAt: 3.5 });
    expect(oneAtATime(new Story().backup('a').history({ calls: [hold] }))).toEqual([]);
    const changed = () => new Story().backup('a').stop().start();
    expect(oneAtATime(changed().history({ calls: [hold] }))).toHaveLength(2);
    const forget = call({ method: 'unregister', canister: CHAT, sentAt: 4, answer: { kind: 'ok' }, answeredAt: 5.5 });
    const calls = [hold, forget];
    expect(oneAtATime(changed().history({ calls }))).toEqual([]);
    const before = { ...forget, sentAt: -2, answeredAt: -1 };
    expect(oneAtATime(changed().history({ calls: [hold, before] }))).toHaveLength(2);
  });
});

describe('6 rights sees', () => {
  it('a stranger who is served', () => {
    const served = call({ sender: STRANGER, answer: { kind: 'ok' } });
    expect(rights(new Story().history({ calls: [served] }))).toHaveLength(1);
    const refused = call({ sender: STRANGER, answer: { kind: 'err', code: 'caller_not_allowed' } });
    expect(rights(new Story().history({ calls: [refused] }))).toEqual([]);
  });

  it('a refusal that changes something', () => {
    const answer = { kind: 'err', code: 'caller_not_allowed' } as const;
    const refusals = [{ method: 'restore', answer, changed: true }];
    expect(rights(new Story().history({ refusals }))).toHaveLength(1);
  });

  it('a method that the manager may not call', () => {
    expect(rights(new Story().other('uninstall_code').history())).toHaveLength(1);
  });
});
