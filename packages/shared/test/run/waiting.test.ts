import { describe, expect, it } from 'vitest';
import { giveUp, isWaiting, type Run } from '../../src/index.ts';
import { FUNDS, HALTED, RUNNING, World } from './world.ts';

const NOT_OURS = 'IC0512: Only the controllers of the canister can control it.';

function waiting(reject: string): Run {
  const world = new World();
  world.ok('status', RUNNING);
  world.ok('list', []);
  world.feed(FUNDS);
  world.ok('status', RUNNING);
  world.ok('stop');
  world.ok('status_before_take', HALTED);
  world.reject('take', reject);
  while (!isWaiting(world.run)) {
    expect(world.run.pending).not.toEqual([]);
    world.reject(world.run.pending[0]!.name, reject);
  }
  return world.run;
}

describe('a run that waits for its next attempt', () => {
  it('is closed with the error it has when it is given up', () => {
    const run = giveUp(waiting(NOT_OURS), 5n);
    expect(run).toMatchObject({ phase: 'closed', outcome: 'failed', error: { code: 'not_controller' }, endedAt: 5n });
    expect([run.startConfirmed, run.retryAt, isWaiting(run)]).toEqual([false, undefined, false]);
  });

  it('says why it was given up, whatever it had failed with', () => {
    const run = giveUp(waiting('IC0201: busy'), 5n);
    expect([run.error, ...run.warnings].map((problem) => problem?.code)).toContain('not_controller');
  });
});
