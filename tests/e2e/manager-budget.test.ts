/** Who may look at one target, or keep the manager away from it, cannot keep another one stopped. */
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { DEVELOPER, deploy, EMPTY_ARGUMENTS, HOURLY, managerModule, STRANGER, taken, World } from './manager-world.ts';

/** Just what docs/mainnet.md says a manager needs. */
const BALANCE = 1_500_000_000_000n;
const VIEWER = STRANGER;
const OPERATOR = Principal.fromUint8Array(Uint8Array.of(7, 7, 7, 2)).toText() as PrincipalText;
const ANONYMOUS = Principal.anonymous().toText() as PrincipalText;
/** A thousand a minute, in rounds of a second. */
const STRANGERS = 17;
/** Messages of one kind in each round: with the three kinds of looks 60. */
const OF_A_KIND = 20;

/** Calls `status` of the canister whose id it is sent, as often as the first byte says, and waits for no answer. */
const CALLING = `(module
  (import "ic0" "msg_arg_data_size" (func $size (result i32)))
  (import "ic0" "msg_arg_data_copy" (func $copy (param i32 i32 i32)))
  (import "ic0" "call_new" (func $call_new (param i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "ic0" "call_data_append" (func $append (param i32 i32)))
  (import "ic0" "call_perform" (func $call_perform (result i32)))
  (import "ic0" "msg_reply" (func $msg_reply))
  (memory (export "memory") 1)
  (data (i32.const 0) "backupDIDL\\00\\00")
  (table funcref (elem $nothing))
  (func $nothing (param i32))
  (func (export "canister_update call") (local $left i32)
    (call $copy (i32.const 16) (i32.const 0) (call $size))
    (local.set $left (i32.load8_u (i32.const 16)))
    (loop $again
      (call $call_new (i32.const 17) (i32.sub (call $size) (i32.const 1)) (i32.const 0) (i32.const 6)
                      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
      (call $append (i32.const 6) (i32.const 6))
      (drop (call $call_perform))
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $msg_reply)))`;

let world: World;
let stranger: PrincipalText;
beforeAll(async () => {
  const deployed = deploy(2);
  const manager = deployed.create(managerModule(), { amount: BALANCE });
  world = new World(deployed.ic, { manager, chats: deployed.names.chats });
  for (const chat of world.names.chats) {
    world.setControllers(chat, [DEVELOPER, manager]);
    world.register(chat, HOURLY);
  }
  const [a] = world.names.chats.map((text) => Principal.fromText(text));
  for (const [who, role] of [
    [VIEWER, { viewer: null }],
    [OPERATOR, { operator: null }],
  ] as const) {
    taken(world.ask('grant', [{ who: Principal.fromText(who), role, canister: [a!] }]));
  }
  const { parseWat } = await wabt();
  stranger = world.create(new Uint8Array(parseWat('calling.wat', CALLING).toBinary({}).buffer));
});

const record = (canister: string) =>
  new Uint8Array(
    IDL.encode([IDL.Record({ canister_id: IDL.Principal })], [{ canister_id: Principal.fromText(canister) }]),
  );

/** Messages of one round, by who may look at A or keep the manager away from it. */
const MIXES: Record<string, (w: World, a: Principal) => void> = {
  looks: (w, canister) => {
    each(w, VIEWER, 'proxy', [proxied(w, 'canister_status')]);
    each(w, OPERATOR, 'proxy', [proxied(w, 'list_canister_snapshots')]);
    each(w, VIEWER, 'plan_retention', [{ canister, policy: [] }]);
  },
  'backups and holds': (w, canister) => {
    each(w, OPERATOR, 'backup', [canister], 1);
    each(w, OPERATOR, 'hold', [{ canister, minutes: 0 }], 1);
    each(w, OPERATOR, 'hold', [{ canister, minutes: 1 }], 2 * OF_A_KIND);
  },
};

function proxied(w: World, method: string) {
  return { canister_id: Principal.managementCanister(), method, args: record(w.chat), cycles: 0n };
}

function each(
  w: World,
  sender: PrincipalText,
  method: 'proxy' | 'hold' | 'backup' | 'plan_retention',
  args: unknown[],
  times = OF_A_KIND,
) {
  for (let i = 0; i < times; i += 1) w.send(method, args as never, sender);
}

function strangers(w: World): void {
  for (let i = 0; i < STRANGERS; i += 1) {
    w.ic.submit({ sender: ANONYMOUS, canisterId: w.names.manager, method: 'backup', payload: EMPTY_ARGUMENTS });
  }
  const payload = Uint8Array.of(STRANGERS, ...Principal.fromText(w.names.manager).toUint8Array());
  w.ic.submit({ sender: DEVELOPER, canisterId: stranger, method: 'call', payload });
}

/** Rounds with messages: a run of B is over after nine. */
const LOUD = 9;

/** Rounds for which B does not run, with what is sent before each round. */
function roundsDown(noise: (w: World) => void): number {
  const w = world.fork();
  const b = w.names.chats[1]!;
  noise(w);
  w.ic.tick();
  w.send('backup', [Principal.fromText(b)]);
  let down = 0;
  for (let round = 0; round < LOUD; round += 1) {
    noise(w);
    w.ic.tick();
    if (w.status(b) !== 'running') down += 1;
  }
  for (let round = 0; round < 10; round += 1) w.ic.tick();
  const run = w.runs().find(({ canister }) => canister.toText() === b);
  expect(run).toMatchObject({ outcome: 'succeeded', warnings: [] });
  expect(w.status(b)).toBe('running');
  return down;
}

describe('a run of B, with just enough cycles', () => {
  it.each(Object.entries(MIXES))(
    'is down as long as ever during %s of A, and a thousand strangers a minute',
    (_, mix) => {
      const quiet = roundsDown(() => {});
      const loud = roundsDown((w) => {
        mix(w, Principal.fromText(w.chat));
        strangers(w);
      });
      expect(quiet).toBeGreaterThan(0);
      expect(loud).toBe(quiet);
    },
  );
});
