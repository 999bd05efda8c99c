/** What health tells people to do: each command is carried out as printed, of dfx and of icp, and its reason goes away. */
import { readFileSync } from 'node:fs';
import { policyArg } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import { beforeAll, describe, expect, it } from 'vitest';
import { operationOf } from './mainnet-doc.ts';
import { Operator } from './mainnet-operator.ts';
import { DEVELOPER, deploy, HOUR, SECOND, taken, type World } from './manager-world.ts';

/** The longest until the manager looks, and until it looks again at a target that is not well. */
const LOOK = 6n * HOUR + 60n * SECOND;
const AGAIN = 360n * SECOND;
const DAILY = policyArg({ schedule: { every_seconds: 86_400n }, keep: 8, mode: { stop: null }, immediate: [false] });

let deployed: World;

beforeAll(() => {
  deployed = deploy(2);
  for (const chat of deployed.names.chats) deployed.register(chat, DAILY);
  deployed.backup();
  deployed.pass(120n * SECOND);
});

function deleteSnapshots(world: World): void {
  for (const snapshot of world.snapshots()) {
    const snapshot_id = new Uint8Array(Buffer.from(snapshot, 'hex'));
    world.manage('delete_canister_snapshot', { canister_id: Principal.fromText(world.chat), snapshot_id });
  }
}

/** How each reason is reached. The first chat is backed up, the second never was. */
const REACHED: Readonly<Record<string, (world: World) => void>> = {
  target_not_running: (world) => world.about('stop_canister', world.chat),
  target_deleted: (world) => {
    world.about('stop_canister', world.chat);
    world.about('delete_canister', world.chat);
  },
  target_empty: (world) => world.about('uninstall_code', world.chat),
  control_lost: (world) => world.setControllers(world.chat, [DEVELOPER]),
  no_good_snapshot: deleteSnapshots,
  paused: (world) => taken(world.ask('pause', [{ canister: [Principal.fromText(world.chat)] }])),
  no_backup_yet: () => {},
};

/** Reasons whose command is not carried out here, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  missed_run: 'not reached here; its command is that of no_good_snapshot',
  restore_failed: 'not reached here; its command is that of no_good_snapshot',
  manager_under_budget: 'the amount of a top-up is a placeholder',
  manager_cycles: 'the amount of a top-up is a placeholder',
  target_cycles: 'the amount of a top-up is a placeholder',
  timer_asleep: 'not reached here',
  not_seen: 'its command only shows',
  slots: 'its command only shows',
  unproven: 'its command only shows',
  failures: 'has the message of the failure',
  suspect: 'names a method, and no command',
  open_probe: 'names a document, and no command',
  open_call: 'a forced upgrade: not carried out yet',
};

const targetOf = (world: World, code: string) => world.names.chats[code === 'no_backup_yet' ? 1 : 0]!;

function reasonsOf(world: World, code: string) {
  const { items } = taken(world.ask('health', [[]]));
  return items.find(({ canister }) => canister.toText() === targetOf(world, code))?.reasons ?? [];
}

/** The commands in a message, by the tool that they are of. */
function commandsIn(message: string, tool: 'dfx' | 'icp'): string[] {
  return [...message.matchAll(/`((?:dfx|icp) [^`]+)`/g)]
    .map(([, line]) => line!)
    .filter((line) => line.startsWith(tool));
}

describe.each(['dfx', 'icp'] as const)('what health prints for %s', (tool) => {
  it.each(Object.entries(REACHED))('makes %s go away', async (code, reach) => {
    const world = deployed.fork();
    const operator = new Operator(world.ic, { manager: world.names.manager });
    try {
      reach(world);
      if (code !== 'paused' && code !== 'no_backup_yet') world.pass(LOOK);
      const reason = reasonsOf(world, code).find((one) => one.code === code);
      const commands = commandsIn(reason?.message ?? '', tool);
      expect(commands.length).toBeGreaterThan(0);
      for (const line of commands) {
        const answer = await operator.do(operationOf(`${line} ${tool === 'dfx' ? '--network ic' : '-n ic'}`));
        expect(answer ?? {}).not.toHaveProperty('Err');
      }
      world.pass(AGAIN);
      expect(reasonsOf(world, code).map((one) => one.code)).not.toContain(code);
    } finally {
      operator.dispose();
    }
  });
});

it('has a row for every reason there is', () => {
  const source = readFileSync(new URL('../../packages/shared/src/health/types.ts', import.meta.url), 'utf8');
  const list = source.slice(source.indexOf('export type HealthCode'), source.indexOf('/** Why something is not ok'));
  const codes = [...list.matchAll(/\| '([a-z_]+)'/g)].map(([, code]) => code!);
  expect([...Object.keys(REACHED), ...Object.keys(ELSEWHERE)].sort()).toEqual(codes.sort());
});
