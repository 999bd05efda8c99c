/** The checker of invariant 2 is shown one history that is fine, and one for each thing that it has to see. */
import { describe, expect, it } from 'vitest';
import { lastGood } from '../src/checkers/index.ts';
import { CHAT, call, claims, DEVELOPER, run, Story } from './story.ts';

describe('2 last good sees', () => {
  it('the newest good one deleted', () => {
    expect(lastGood(new Story().backup('a').delete('a').history())).toHaveLength(1);
    expect(lastGood(new Story().backup('a').backup('b').delete('a').history())).toEqual([]);
  });

  it('that a snapshot whose answer was lost is not good', () => {
    const lost = () => new Story().backup('a').stop().take('b').start().reads('start_canister');
    expect(lastGood(lost().delete('a').history())).toHaveLength(1);
    expect(lastGood(lost().delete('b').history())).toEqual([]);
  });

  it('no breach where the answer to the take comes after that to the start', () => {
    const late = new Story()
      .backup('a')
      .stop()
      .take('b')
      .start()
      .reads('start_canister')
      .reads('take_canister_snapshot');
    expect(lastGood(late.delete('a').history())).toEqual([]);
  });

  it('a safety snapshot deleted that nobody settled or undid', () => {
    const restored = () => new Story().backup('a').stop().take('s').load('a').start();
    expect(lastGood(restored().delete('s').history())).toHaveLength(1);
    expect(lastGood(restored().stop().load('s').start().delete('s').history())).toEqual([]);
    const settle = call({ method: 'settle', canister: CHAT, answer: { kind: 'ok' }, answeredAt: 9.5 });
    expect(
      lastGood(
        restored()
          .delete('s')
          .history({ calls: [settle] }),
      ),
    ).toEqual([]);
  });

  it("somebody else's deleted, unless somebody adopted it or named it", () => {
    const deleted = () => new Story().backup('a').take('x', DEVELOPER).delete('x');
    expect(lastGood(deleted().history())).toHaveLength(1);
    for (const method of ['adopt', 'delete_snapshot']) {
      const calls = [call({ method, canister: CHAT, snapshots: ['x'] })];
      expect(lastGood(deleted().history({ calls }))).toEqual([]);
    }
  });

  it('what is pinned deleted', () => {
    const deleted = () => new Story().backup('a').backup('b').delete('a');
    const pin = call({ method: 'pin', canister: CHAT, snapshots: ['a'], answer: { kind: 'ok' }, answeredAt: 9.5 });
    expect(lastGood(deleted().history({ calls: [pin] }))).toHaveLength(1);
    const unpin = call({ method: 'unpin', canister: CHAT, snapshots: ['a'], sentAt: 9.6 });
    expect(lastGood(deleted().history({ calls: [pin, unpin] }))).toEqual([]);
  });

  it('that a snapshot which somebody marked is not good', () => {
    const mark = (since: bigint) => ({
      calls: [call({ method: 'mark_suspect', canister: CHAT, since, answer: { kind: 'ok' }, answeredAt: 10.5 })],
    });
    const taken = () => new Story().backup('a').backup('b');
    expect(lastGood(taken().delete('a').history(mark(3n)))).toHaveLength(1);
    expect(lastGood(taken().delete('b').history(mark(3n)))).toEqual([]);
    expect(lastGood(taken().delete('b').history(mark(100n)))).toHaveLength(1);
  });

  it('that a snapshot whose run came to nothing is not good', () => {
    const failed = run(1, { outcome: 'failed', error: 'snapshot_unproven', snapshot: 'b' });
    const taken = () => new Story().backup('a').backup('b');
    expect(
      lastGood(
        taken()
          .delete('b')
          .history(claims([failed])),
      ),
    ).toEqual([]);
    expect(
      lastGood(
        taken()
          .delete('a')
          .history(claims([failed])),
      ),
    ).toHaveLength(1);
  });
});
