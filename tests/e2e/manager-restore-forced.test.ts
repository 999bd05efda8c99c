/** A target that never stops: its open calls are dropped, and it is never left without code. */
import { Principal } from '@dfinity/principal';
import type { ManagementEvent } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { hangingCanister, holdAnswer } from './hanging.ts';
import { DEVELOPER, deploy, MANAGEMENT, refused, SECOND, STRANGER, taken, type World } from './manager-world.ts';

let deployed: World;
let hanging: Uint8Array;
beforeAll(async () => {
  deployed = deploy(1);
  deployed.register();
  deployed.append('kept');
  deployed.backup();
  deployed.append('later');
  hanging = await hangingCanister();
});

const MINUTE = 60n * SECOND;
const chat = (world: World) => Principal.fromText(world.chat);
const forced = (world: World) => world.ask('restore_forced', [{ canister: chat(world), snapshot_id: [] }]);
const hasCode = (world: World, canister = world.chat) => world.ic.canister(canister)!.moduleHash !== null;

/** Refuses loads of the manager, from the first on, `times` times. */
function refuseLoads(message: string, times: number) {
  let left = times;
  const errorCode = /^IC\d{4}/.exec(message)![0] as 'IC0406';
  return (event: ManagementEvent) => {
    if (event.sender !== deployed.names.manager || event.method !== 'load_canister_snapshot' || left <= 0)
      return undefined;
    left -= 1;
    return { reject: { rejectCode: 2, errorCode, message } } as const;
  };
}

it('brings a canister back that waits for a call for ever, and drops the call', () => {
  const target = { id: MANAGEMENT };
  const world = deployed.fork({
    deliver: holdAnswer(
      () => target.id,
      () => true,
    ),
  });
  target.id = world.create(hanging);
  world.setControllers(target.id, [DEVELOPER, world.names.manager]);
  world.register(target.id);
  world.backup(target.id);
  const request = { sender: DEVELOPER, canisterId: target.id, method: 'hang', payload: new Uint8Array() };
  const hung = world.ic.submit(request);
  for (let i = 0; i < 3; i += 1) world.ic.tick();
  const report = taken(world.ask('restore_forced', [{ canister: Principal.fromText(target.id), snapshot_id: [] }]));
  expect(report).toMatchObject({ running: true, downtime: [{ rounds: 4 }] });
  expect(report.lost[0]).toContain('open calls were dropped');
  expect(world.ic.canister(target.id)).toMatchObject({ status: 'running', openCallContexts: 0 });
  if (hung.kind === 'refused') throw new Error(hung.reject.message);
  expect(world.ic.ingressStatus(hung.messageId)?.kind).toBe('rejected');
  const methods = world.managementCalls
    .filter(({ sender }) => sender === world.names.manager)
    .map(({ method }) => method);
  expect(methods.slice(-4)).toEqual([
    ...['take_canister_snapshot', 'load_canister_snapshot', 'canister_status', 'canister_info'],
  ]);
});

it('can be undone like any other', () => {
  const world = deployed.fork();
  taken(forced(world));
  expect(world.dump()).toEqual(['kept']);
  expect(world.runs()[0]).toMatchObject({ kind: 'restore_forced', outcome: 'succeeded', state_after: ['snapshot'] });
  taken(world.ask('undo_restore', [chat(world)]));
  expect(world.dump()).toEqual(['kept', 'later']);
});

describe('when the load is refused', () => {
  it('the safety snapshot is loaded back', () => {
    const world = deployed.fork({ management: refuseLoads('IC0406: hash differs', 1) });
    expect(refused(forced(world)).code).toBe('load_failed');
    expect(world.dump()).toEqual(['kept', 'later']);
    expect(world.runs()[0]).toMatchObject({ outcome: 'failed', state_after: ['before'] });
  });

  it('for its rate, it is tried again', () => {
    const world = deployed.fork({ management: refuseLoads('IC0210: Canister is heap delta rate limited', 5) });
    expect(taken(forced(world)).downtime[0]!.rounds).toBe(14);
    expect(world.dump()).toEqual(['kept']);
  });

  it('again and again, it is tried until something can be loaded', () => {
    const world = deployed.fork({ management: refuseLoads('IC0101: subnet full', 5) });
    world.send('restore_forced', [{ canister: chat(world), snapshot_id: [] }]);
    for (let i = 0; i < 12; i += 1) world.ic.tick();
    expect(hasCode(world)).toBe(false);
    world.pass(6n * MINUTE);
    expect(world.dump()).toEqual(['kept', 'later']);
    expect(world.runs()[0]).toMatchObject({ phase: 'closed', outcome: 'failed', state_after: ['before'] });
  });
});

describe('an upgrade of the manager with skip_pre_upgrade', () => {
  it.each([3, 4, 5, 6, 7, 8, 9])(
    '%d rounds into it leaves no canister without code, and says what state it is in',
    (rounds) => {
      const world = deployed.fork();
      world.send('restore_forced', [{ canister: chat(world), snapshot_id: [] }]);
      for (let i = 0; i < rounds; i += 1) world.ic.tick();
      world.upgradeManager({ skipPreUpgrade: true });
      world.pass(2n * MINUTE);
      expect(hasCode(world)).toBe(true);
      const [run] = world.runs();
      expect(run).toMatchObject({ kind: 'restore_forced', phase: 'closed' });
      expect(world.dump()).toEqual(run!.state_after[0] === 'snapshot' ? ['kept'] : ['kept', 'later']);
      expect(run!.state_after.length).toBe(1);
    },
  );
});

it('is for who may restore', () => {
  const world = deployed.fork();
  const answer = world.ask('restore_forced', [{ canister: chat(world), snapshot_id: [] }], STRANGER);
  expect(refused(answer).code).toBe('caller_not_allowed');
  expect(world.dump()).toEqual(['kept', 'later']);
});
