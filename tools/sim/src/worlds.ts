/** Scenarios with more in them than one manager and two well-behaved targets. */
import { type CandidPolicy, MANUAL_SPACING_NANOS } from '@canister-backup/shared';
import type { PrincipalText } from 'local-ic';
import {
  about,
  controllersRequest,
  deploy,
  forwarded,
  HOUR,
  INTERVAL_SECONDS,
  MINUTE,
  NO_ARGUMENTS,
  policyOf,
  principal,
  replyOf,
  replyValue,
  SECOND,
  snapshotArg,
  toManager,
  toWorker,
  upgradeRequest,
} from './network.ts';
import { askBackup, demand, hourLater, type Scenario, setPolicy } from './prepare.ts';
import type { World } from './world.ts';

/** Seconds, the least that a policy may have. */
const SHORT_DOWNTIME = 10;

const DAY = 24n * HOUR;

/** A probe whose answer is looked at. */
const probeOf = (method: string): Partial<CandidPolicy> => ({
  probe: [
    {
      method,
      arg: NO_ARGUMENTS,
      tripwires: [{ measure: { natural: 0 }, at_least: [1n], shrinks_at_most_percent: [] }],
    },
  ],
});

const answersWith = (method: string): Scenario => ({
  about: 'worker',
  prepare: (world) => setPolicy(world, probeOf(method), world.names.worker),
  begin: (world) => askBackup(world, world.names.worker),
});

export const WORLDS = {
  backup_with_just_enough_cycles: { about: 'chat', prepare: leaveJustEnough, begin: hourLater },
  backup_with_a_long_answer: answersWith('zeros'),
  backup_with_a_long_number: answersWith('number'),
  backup_with_a_long_refusal: answersWith('refuse'),
  backup_of_a_target_with_100_calls: {
    about: 'worker',
    prepare: (world) => setPolicy(world, { max_downtime_seconds: [SHORT_DOWNTIME] }, world.names.worker),
    begin: (world) => {
      world.boundaries.workerBusy = true;
      world.send(toWorker(world.names, 'hang_100'));
      for (let round = 0; round < 3; round += 1) world.tick();
      askBackup(world, world.names.worker);
    },
  },
  backup_of_a_target_that_calls_back: {
    about: 'worker',
    prepare: (world) => {
      const { worker } = world.names;
      setPolicy(world, { max_downtime_seconds: [SHORT_DOWNTIME] }, worker);
      demand(world, 'grant', [{ who: principal(worker), role: { operator: null }, canister: [principal(worker)] }]);
    },
    begin: (world) => {
      const { worker, developer, names } = { ...world.names, names: world.names };
      const call = toManager(names, 'backup', [principal(worker)], worker);
      world.send(forwarded(worker, call, developer));
      askBackup(world, worker);
      world.send(forwarded(worker, call, developer));
    },
  },
  backup_of_four_targets: { about: 'chat', prepare: addTargets, begin: hourLater },
  backup_beside_another_manager: {
    about: 'chat',
    prepare: (world) => {
      const second = addManager(world, [world.names.chat]);
      demandOf(world, second, 'register', {
        canister: principal(world.names.chat),
        policy: [policyOf(world.names, world.names.chat)],
      });
    },
    begin: hourLater,
  },
  restore_beside_another_manager: {
    about: 'chat',
    prepare: (world) => {
      const second = addManager(world, [world.names.chat]);
      demandOf(world, second, 'register', {
        canister: principal(world.names.chat),
        policy: [policyOf(world.names, world.names.worker)],
      });
    },
    begin: (world) => {
      const { chat } = world.names;
      world.send(toManager({ ...world.names, manager: secondOf(world) }, 'backup', [principal(chat)]));
      world.ask('restore', [], { canister: chat });
    },
  },
  manager_is_backed_up: {
    about: 'chat',
    prepare: backUpTheManager,
    begin: (world) => {
      hourLater(world);
      const { manager } = world.names;
      world.send(toManager({ ...world.names, manager: secondOf(world) }, 'backup', [principal(manager)]));
    },
  },
  manager_is_restored: {
    about: 'chat',
    prepare: backUpTheManager,
    begin: (world) => {
      hourLater(world);
      const { manager } = world.names;
      const snapshot = world.see(manager)?.snapshots.at(-1) ?? '';
      const names = { ...world.names, manager: secondOf(world) };
      world.send(toManager(names, 'restore_snapshot', [snapshotArg(manager, snapshot)]));
    },
  },
  manager_is_put_back: {
    about: 'chat',
    prepare: putBack,
    begin: (world) => {
      world.ask('resume', [{ canister: [] }]);
      for (let round = 0; round < 3; round += 1) world.tick();
      hourLater(world);
    },
  },
  reinstalled_and_adopted: {
    about: 'chat',
    prepare: (world) => {
      const { manager, developer } = world.names;
      const code = {
        mode: { reinstall: null },
        canister_id: principal(manager),
        wasm_module: world.modules.manager,
        arg: NO_ARGUMENTS,
      };
      replyOf(world.call(about('install_code', code, developer)), 'reinstall');
      world.observer.forget(0);
      world.settle();
    },
    begin: beginAnew,
    again: beginAnew,
  },
  left_alone: { about: 'chat', begin: hourLater, leftAlone: INTERVAL_SECONDS * SECOND + 20n * MINUTE },
  policy_of_a_minute_after_days: {
    about: 'chat',
    prepare: (world) => {
      setPolicy(world, { schedule: { every_seconds: 6n * 3600n }, keep: 8 });
      for (let snapshot = 0; snapshot < 8; snapshot += 1) {
        world.append(`snapshot ${snapshot}`);
        world.settle();
        world.pass(6n * HOUR);
      }
    },
    begin: (world) => askPolicy(world, { schedule: { every_seconds: 60n }, keep: 8 }),
    rounds: 70,
    pace: 30n * SECOND,
    again: (world) => askPolicy(world, {}),
    sparse: 6,
  },
  weeks_with_changing_policies: {
    about: 'chat',
    after: 'policy_of_a_minute_after_days',
    begin: (world) => {
      const weeks: readonly [Partial<CandidPolicy>, bigint][] = [
        [{ schedule: { every_seconds: 12n * 3600n }, keep: 2 }, DAY],
        [{ schedule: { every_seconds: 7n * 86_400n }, keep: 8 }, 2n * DAY],
        [daily(4), 2n * DAY],
      ];
      for (const [policy, nanos] of weeks) {
        askPolicy(world, policy);
        world.pass(nanos);
      }
    },
    again: (world) => askPolicy(world, {}),
    sparse: 48,
  },
} as const satisfies Record<string, Scenario>;

function daily(keep: number): Partial<CandidPolicy> {
  return { schedule: { every_seconds: 86_400n }, keep };
}

function askPolicy(world: World, more: Partial<CandidPolicy>): void {
  const { chat } = world.names;
  const policy = policyOf(world.names, chat, more);
  const { schedule = { every_seconds: INTERVAL_SECONDS } } = more;
  const interval = 'every_seconds' in schedule ? schedule.every_seconds * SECOND : 0n;
  world.ask('set_policy', [{ canister: principal(chat), policy }], { canister: chat, interval });
}

/** So many cycles that one more backup can begin, and no call more can be paid for. */
function leaveJustEnough(world: World): void {
  const { manager, worker } = world.names;
  world.ic.addCycles(manager, 400_000_000_000n - world.ic.cycles(manager));
  const refusal = replyValue<{ readonly Err: { readonly context: readonly (readonly [string, string])[] } }>(
    world.names,
    'backup',
    world.call(toManager(world.names, 'backup', [principal(worker)])),
  );
  const [available = 0n, required = 0n] = ['available', 'required'].map((name) =>
    BigInt(refusal.Err.context.find(([key]) => key === name)?.[1] ?? 0),
  );
  if (required <= available) throw new Error('the manager has more cycles than are just enough');
  const SPENT_UNTIL_THEN = 2_000_000_000n;
  world.ic.addCycles(manager, required - available + SPENT_UNTIL_THEN);
  world.settle();
}

/** Two more targets, due with the chat. */
function addTargets(world: World): void {
  const { ic, names, modules } = world;
  const more = [1, 2].map(() => deploy(ic, names.developer, modules.worker));
  world.enlarge({ more });
  for (const target of more) {
    replyOf(world.call(controllersRequest(names, target, [names.developer, names.manager])), 'update_settings');
    demand(world, 'register', [{ canister: principal(target), policy: [policyOf(names, names.chat)] }]);
  }
  world.settle();
}

function secondOf({ names }: World): PrincipalText {
  if (names.second === undefined) throw new Error('this scenario has one manager');
  return names.second;
}

/** Another manager, one of the controllers of these. */
function addManager(world: World, targets: readonly PrincipalText[]): PrincipalText {
  const { ic, names, modules } = world;
  const second = deploy(ic, names.developer, modules.manager);
  world.enlarge({ second });
  for (const target of targets) {
    const controllers = [...(world.see(target)?.controllers ?? []), second] as PrincipalText[];
    replyOf(world.call(controllersRequest(names, target, controllers)), 'update_settings');
  }
  return second;
}

function demandOf(world: World, manager: PrincipalText, method: string, argument: unknown): void {
  const names = { ...world.names, manager };
  const value = replyValue<Record<string, unknown>>(names, method, world.call(toManager(names, method, [argument])));
  if (!('Ok' in value))
    throw new Error(`${method}: ${JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}` : one))}`);
  world.settle();
}

/** The other manager has a snapshot of this one, taken last. */
function backUpTheManager(world: World): void {
  const { manager } = world.names;
  const second = addManager(world, [manager]);
  const policy = policyOf(world.names, world.names.worker);
  demandOf(world, second, 'register', { canister: principal(manager), policy: [policy] });
  demandOf(world, second, 'backup', principal(manager));
  world.advance(MANUAL_SPACING_NANOS);
  world.settle();
}

/** An upgrade with a wrong module, and the way back: an upgrade takes the IC's timer away, and a load does not bring it back. */
function putBack(world: World): void {
  const { manager, developer } = world.names;
  const named = { canister_id: principal(manager) };
  const manage = (method: string, more: Readonly<Record<string, unknown>> = {}) =>
    replyOf(world.call(about(method, { ...named, ...more }, developer)), method);
  demand(world, 'pause', [{ canister: [] }]);
  manage('stop_canister');
  manage('take_canister_snapshot');
  const snapshot = world.see(manager)?.snapshots.at(-1) ?? '';
  // What the snapshot's timers wait for is past then, so that none of them sets the IC's timer again.
  world.advance(7n * HOUR);
  replyOf(world.call(upgradeRequest(world.names, manager, { module: world.modules.worker })), 'upgrade');
  manage('load_canister_snapshot', { snapshot_id: Buffer.from(snapshot, 'hex') });
  manage('start_canister');
  world.settle();
}

/** What docs/mainnet.md says to do with a manager that was installed anew. */
function beginAnew(world: World): void {
  const { chat } = world.names;
  world.ask('register', [{ canister: principal(chat), policy: [policyOf(world.names, chat)] }], { canister: chat });
  world.ask('set_default', [{ canister: [principal(chat)] }]);
  world.settle();
  const snapshots = world.see(chat)?.snapshots ?? [];
  const snapshot_ids = snapshots.map((id) => Buffer.from(id, 'hex'));
  world.ask('adopt', [{ canister: principal(chat), snapshot_ids, good: [true] }], { canister: chat, snapshots });
}
