/**
 * Those who may do little or nothing, many times over. What they get for it is not looked at here: what is, is that the
 * targets do not feel it.
 */
import { IDL } from '@dfinity/candid';
import type { CallRequest } from 'local-ic';
import type { Action } from './action.ts';
import { bomb } from './bombs.ts';
import type { ACTS } from './faults.ts';
import { forwarded, policyOf, principal, toManager } from './network.ts';
import type { World } from './world.ts';

/** Messages of one act: more calls than a manager with just enough cycles can pay for. */
const MESSAGES = 12;

const AboutCanister = IDL.Record({ canister_id: IDL.Principal });

const each =
  (request: (world: World, index: number) => CallRequest): Action =>
  (world) => {
    for (let index = 0; index < MESSAGES; index += 1) world.send(request(world, index));
  };

/** A friend's, who may view the worker and back it up. */
const byFriend = ({ names }: World, method: string, argument: unknown): CallRequest =>
  toManager(names, method, [argument], names.friend);

const proxied = (method: string, args: Uint8Array) => ({
  canister_id: principal('aaaaa-aa'),
  method,
  args,
  cycles: 0n,
});

export const CROWDS = {
  viewer_lists: each((world) => {
    const args = new Uint8Array(IDL.encode([AboutCanister], [{ canister_id: principal(world.names.worker) }]));
    return byFriend(world, 'proxy', proxied('list_canister_snapshots', args));
  }),
  operator_holds: each((world) => byFriend(world, 'hold', { canister: principal(world.names.worker), minutes: 0 })),
  operator_plans: each((world) => {
    const { worker } = world.names;
    return byFriend(world, 'plan_retention', { canister: principal(worker), policy: [policyOf(world.names, worker)] });
  }),
  bombs_by_ingress: each((world, index) => bomb(world, index, world.names.stranger)),
  bombs_by_a_canister: (world) => {
    const { envoy, stranger } = world.names;
    if (envoy === undefined) return;
    for (let index = 0; index < MESSAGES; index += 1) {
      world.send(forwarded(envoy, bomb(world, index, stranger), stranger));
    }
  },
  bombs_by_proxy: each((world, index) =>
    byFriend(world, 'proxy', proxied('canister_status', bomb(world, index, world.names.friend).payload)),
  ),
} as const satisfies Record<(typeof ACTS)['crowd'][number], Action>;
