/** A stop that does not come to its end can be ended, by whoever waits for the target. */
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { hangingCanister, holdAnswer } from './hanging.ts';
import { DEVELOPER, deploy, MANAGEMENT, refused, SECOND, STRANGER, taken, type World } from './manager-world.ts';

let deployed: World;
let hanging: Uint8Array;
beforeAll(async () => {
  deployed = deploy(1);
  hanging = await hangingCanister();
});

interface Stuck {
  readonly world: World;
  readonly target: PrincipalText;
  readonly canister: Principal;
}

/** A target with a good snapshot that waits for a call for ever, and a run of it that waits for the stop. */
function stuck(kind: 'backup' | 'restore'): Stuck {
  const at = { id: MANAGEMENT };
  const faults = holdAnswer(
    () => at.id,
    () => true,
  );
  const world = deployed.fork({ deliver: faults });
  at.id = world.create(hanging);
  world.setControllers(at.id, [DEVELOPER, world.names.manager]);
  world.register(at.id);
  const { snapshot_id } = world.backup(at.id);
  world.ic.setTime(world.ic.time() + 60n * SECOND);
  const canister = Principal.fromText(at.id);
  world.ic.submit({ sender: DEVELOPER, canisterId: at.id, method: 'hang', payload: new Uint8Array() });
  for (let i = 0; i < 3; i += 1) world.ic.tick();
  if (kind === 'backup') world.send('backup', [canister]);
  else world.send('restore_snapshot', [{ canister, snapshot_id }]);
  for (let i = 0; i < 10; i += 1) world.ic.tick();
  expect(world.status(at.id)).toBe('stopping');
  return { world, target: at.id, canister };
}

const granted = ({ world, canister }: Stuck, role: 'viewer' | 'operator' | 'restorer') =>
  taken(
    world.ask('grant', [{ who: Principal.fromText(STRANGER), role: { [role]: null } as never, canister: [canister] }]),
  );

describe('a run that waits for its stop', () => {
  it.each(['backup', 'restore'] as const)('is ended by cancel_run, and the target runs again: a %s', (kind) => {
    const { world, target, canister } = stuck(kind);
    const before = world.runs()[0]!;
    const refusal = refused(world.ask('backup', [canister]));
    expect(refusal).toMatchObject({ code: 'run_in_progress' });
    const until = BigInt(refusal.context.find(([name]) => name === 'until')![1]);
    // 30 seconds by default for a backup, and the six minutes of the watchdog for a restore.
    const budget = kind === 'backup' ? 30n : 360n;
    expect(until - world.ic.time()).toBeLessThanOrEqual(budget * SECOND);
    expect(refusal.message).toContain(`cancel_run '(principal "${target}")'`);

    const run = taken(world.ask('cancel_run', [canister]));
    expect(run).toMatchObject({ run_id: before.run_id, outcome: 'interrupted', error: [{ code: 'run_cancelled' }] });
    expect(run).toMatchObject({ started_again: true, ended_at: [expect.any(BigInt)] });
    expect(world.status(target)).toBe('running');
    expect(refused(world.ask('cancel_run', [canister])).code).toBe('no_open_run');
    const kinds = taken(world.ask('history', [[]])).items.map((entry) => entry.kind);
    expect(kinds).toContain('run_cancelled');
  });

  it('is ended by those who may restore the target or ask for such a run, and by nobody else', () => {
    for (const [role, kind, may] of [
      ['viewer', 'backup', false],
      ['operator', 'backup', true],
      ['operator', 'restore', false],
      ['restorer', 'restore', true],
      ['restorer', 'backup', true],
    ] as const) {
      const at = stuck(kind);
      granted(at, role);
      const answer = at.world.ask('cancel_run', [at.canister], STRANGER);
      expect('Ok' in answer, `${role} and a ${kind}`).toBe(may);
      if (!may) expect(refused(answer).code).toBe('caller_not_allowed');
    }
  });

  it('gives way to a forced restore, and no other run comes in between', () => {
    const { world, target, canister } = stuck('backup');
    const answered = world.submit('restore_forced', [{ canister, snapshot_id: [] }]);
    // Whoever asks in the same rounds is refused.
    const codes = new Set<string>();
    for (let i = 0; i < 4; i += 1) codes.add(refused(world.ask('backup', [canister])).code);
    expect([...codes]).toEqual(['run_in_progress']);
    expect(taken(answered())).toMatchObject({ running: true });
    const [forced, cancelled] = world.runs();
    expect(forced).toMatchObject({ kind: 'restore_forced', outcome: 'succeeded', run_id: cancelled!.run_id + 1n });
    expect(cancelled).toMatchObject({ kind: 'backup', error: [{ code: 'run_cancelled' }], started_again: true });
    expect(forced!.started_at).toBe(cancelled!.ended_at[0]);
    expect(world.ic.canister(target)).toMatchObject({ status: 'running', openCallContexts: 0 });
  });

  it('goes on if a forced restore names what is not there', () => {
    const { world, target, canister } = stuck('backup');
    const answer = world.ask('restore_forced', [{ canister, snapshot_id: [Uint8Array.of(1)] }]);
    expect('Err' in answer).toBe(true);
    expect(world.status(target)).toBe('stopping');
  });
});
