import { describe, expect, it } from 'vitest';
import { giveUp, isWaiting, type Run } from '../../src/index.ts';
import { listed, restore, SAFETY } from './restore-steps.ts';
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
    const { run, left } = giveUp(waiting(NOT_OURS), 5n);
    expect(run).toMatchObject({ phase: 'closed', outcome: 'failed', error: { code: 'not_controller' }, endedAt: 5n });
    expect([run.startConfirmed, run.retryAt, isWaiting(run)]).toEqual([false, undefined, false]);
    expect(run.warnings).toContainEqual(left);
    expect(left.message).toContain(`dfx canister start ${run.target}`);
  });

  it('says what it was when the code is gone', () => {
    const world = restore({ purpose: 'forced' });
    world.ok('list', listed(world));
    world.feed(FUNDS);
    world.ok('take', SAFETY);
    world.reject('load', NOT_OURS);
    world.reject('load', NOT_OURS);
    expect(isWaiting(world.run)).toBe(true);
    const { left } = giveUp(world.run, 5n);
    expect(left.message).toContain(`dfx canister snapshot load ${world.run.target} ${SAFETY.id}`);
  });
});
