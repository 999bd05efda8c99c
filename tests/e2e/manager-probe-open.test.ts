/** A probe that never answers: azle sends only calls with guaranteed responses, so its call stays open. docs/runbook.md. */
import type { CandidPolicy } from '@canister-backup/shared';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { hangingCanister, holdAnswer } from './hanging.ts';
import {
  DEVELOPER,
  deploy,
  EMPTY_ARGUMENTS,
  HOURLY,
  MANAGEMENT,
  refused,
  SECOND,
  taken,
  type World,
} from './manager-world.ts';

const MINUTE = 60n * SECOND;
const POLICY: CandidPolicy = { ...HOURLY, probe: [{ method: 'hang', arg: EMPTY_ARGUMENTS, tripwires: [] }] };

let deployed: World;
let hanging: Uint8Array;
beforeAll(async () => {
  deployed = deploy(1);
  hanging = await hangingCanister();
});

interface Hanging {
  readonly world: World;
  readonly target: PrincipalText;
  readonly release: () => void;
}

function hangs(policy: CandidPolicy): Hanging {
  let held = true;
  let target = '' as PrincipalText;
  const world = deployed.fork({
    deliver: holdAnswer(
      () => target,
      () => held,
    ),
  });
  target = world.create(hanging);
  world.setControllers(target, [DEVELOPER, world.names.manager]);
  world.register(target, policy);
  return { world, target, release: () => (held = false) };
}

/** A target whose probe is not answered while it is held; the backup was given up. */
function givenUp(): Hanging {
  const { world, target, release } = hangs(POLICY);
  world.send('backup', [Principal.fromText(target)]);
  for (let round = 0; round < 20; round += 1) world.ic.tick();
  expect(world.runs()[0]).toMatchObject({ outcome: 'open', phase: 'probing', started_again: true });
  world.ic.setTime(world.ic.time() + 2n * MINUTE);
  for (let round = 0; round < 10; round += 1) world.ic.tick();
  return { world, target, release };
}

function stopWithoutWaiting(world: World, canister: PrincipalText): void {
  const payload = new Uint8Array(
    IDL.encode([IDL.Record({ canister_id: IDL.Principal })], [{ canister_id: Principal.fromText(canister) }]),
  );
  const request = { sender: DEVELOPER, canisterId: MANAGEMENT, method: 'stop_canister', payload };
  world.ic.submit({ ...request, effectiveCanisterId: canister });
  for (let round = 0; round < 10; round += 1) world.ic.tick();
}

const openProbes = (world: World) => taken(world.ask('status', [])).open_probes[0] ?? [];

describe('a probe that never answers', () => {
  it('is given up after a minute; the target runs, its snapshot is in doubt, and the call stays visible', () => {
    const { world, target } = givenUp();
    expect(world.runs()[0]).toMatchObject({ outcome: 'succeeded', warnings: [{ code: 'probe_unanswered' }] });
    expect(world.status(target)).toBe('running');
    expect(taken(world.ask('snapshots', [[]])).items[0]).toMatchObject({ good: false, doubt: [{ kind: 'unknown' }] });
    expect(openProbes(world)).toMatchObject([{ method: 'hang' }]);
    expect(openProbes(world)[0]?.canister.toText()).toBe(target);
  });

  it('keeps later backups from stopping a target that cannot stop', () => {
    const { world, target } = givenUp();
    expect(refused(world.ask('backup', [Principal.fromText(target)])).code).toBe('probe_open');
    expect(world.status(target)).toBe('running');
    expect(world.managementCalls.filter(({ method }) => method === 'stop_canister').length).toBe(1);
  });

  it('keeps the manager from stopping, and its upgrade says why; skip_pre_upgrade gets past it', () => {
    const { world, target, release } = givenUp();
    stopWithoutWaiting(world, world.names.manager);
    expect(world.status(world.names.manager)).toBe('stopping');
    world.about('start_canister', world.names.manager);
    expect(() => world.upgradeManager()).toThrow(`probes that ${target} did not answer`);
    world.upgradeManager({ skipPreUpgrade: true });
    for (let round = 0; round < 10; round += 1) world.ic.tick();
    expect(openProbes(world)).toMatchObject([{ method: 'hang' }]);
    // The answer comes to code that knows nothing of the call. It changes nothing.
    release();
    world.settle();
    expect(world.status(target)).toBe('running');
    expect(openProbes(world)).toMatchObject([{ method: 'hang' }]);
    const snapshot = taken(world.ask('backup', [Principal.fromText(target)]));
    expect(snapshot.snapshot.good).toBe(true);
    expect(openProbes(world)).toEqual([]);
  });

  it('is forgotten when its answer comes after all, and the next backup is good', () => {
    const { world, target, release } = givenUp();
    const before = world.runs()[0];
    release();
    world.settle();
    expect(openProbes(world)).toEqual([]);
    expect(world.runs()[0]).toEqual(before);
    expect(world.backup(target).good).toBe(true);
    world.upgradeManager();
  });
});

describe('a call after a restore that never answers', () => {
  it('keeps backups from stopping the target, and stays visible, also past an upgrade', () => {
    const { world, target, release } = hangs({
      ...HOURLY,
      after_restore: [{ method: 'hang', arg: EMPTY_ARGUMENTS }],
    });
    const canister = Principal.fromText(target);
    const { snapshot_id } = world.backup(target);
    world.send('restore_snapshot', [{ canister, snapshot_id }]);
    for (let round = 0; round < 20; round += 1) world.ic.tick();
    expect(world.runs()[0]).toMatchObject({ outcome: 'open', phase: 'reviving' });
    world.ic.setTime(world.ic.time() + 7n * MINUTE);
    for (let round = 0; round < 10; round += 1) world.ic.tick();
    const { outcome, warnings } = world.runs()[0]!;
    expect([outcome, warnings.at(-1)?.code]).toEqual(['succeeded', 'after_restore_failed']);
    expect(openProbes(world)).toMatchObject([{ method: 'hang' }]);
    expect(refused(world.ask('backup', [canister])).code).toBe('probe_open');
    const plan = world.ask('plan_restore', [{ canister: [canister], snapshot_id: [snapshot_id], time: [] }]);
    expect(refused(plan).code).toBe('probe_open');
    expect(world.status(target)).toBe('running');
    const health = () => taken(world.ask('health', [[]])).items[0]!.reasons.map(({ code }) => code);
    expect(health()).toContain('open_probe');
    world.upgradeManager({ skipPreUpgrade: true });
    expect(health()).toContain('open_probe');
    release();
    world.settle();
    world.backup(target);
    expect(health()).not.toContain('open_probe');
  });
});
