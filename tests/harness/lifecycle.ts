/** Steps that a manager sends, and targets in the states that the rules are about. */
import { Principal } from '@icp-sdk/core/principal';
import type { Ic } from './ic.ts';
import { deployParts } from './parts.ts';
import { type Answer, calling, deployProxy, managing, type ProxyCanister, type Step } from './plan.ts';
import { watFile } from './wat.ts';

type Rest = { after?: number };

export const stop = (target: Principal, rest: Rest = {}): Step =>
  managing('stop_canister', { canister_id: target }, rest);

export const start = (target: Principal, rest: Rest = {}): Step =>
  managing('start_canister', { canister_id: target }, rest);

export const take = (target: Principal, rest: Rest = {}): Step =>
  managing('take_canister_snapshot', { canister_id: target, replace_snapshot: [], uninstall_code: [] }, rest);

export const load = (target: Principal, snapshotId: Uint8Array, rest: Rest = {}): Step =>
  managing('load_canister_snapshot', { canister_id: target, snapshot_id: snapshotId }, rest);

export const status = (target: Principal, rest: Rest = {}): Step =>
  managing('canister_status', { canister_id: target }, rest);

/** A manager, and a target that nobody else calls; the manager is a controller of it. */
export async function pair(ic: Ic): Promise<{ manager: ProxyCanister; target: Principal }> {
  const manager = await deployProxy(ic);
  const target = await deployParts(ic);
  await control(ic, manager, target);
  return { manager, target };
}

/** A manager, and a target that awaits the answer of a third canister; `release` lets it come. */
export async function busyPair(
  ic: Ic,
): Promise<{ manager: ProxyCanister; target: ProxyCanister; release: () => Promise<void> }> {
  const manager = await deployProxy(ic);
  const target = await deployProxy(ic);
  const holder = await ic.deploy(await watFile('holder'));
  await control(ic, manager, target.id);
  await target.launch(calling(holder, 'hold'));
  return {
    manager,
    target,
    release: async () => {
      await ic.call(holder, 'release');
    },
  };
}

export async function control(ic: Ic, manager: ProxyCanister, target: Principal): Promise<void> {
  const controllers = [manager.id, Principal.anonymous()];
  await ic.pic.updateCanisterSettings({ canisterId: target, controllers });
}

/** `[step, code]` of each answer, in the order in which they came. */
export function codes(log: readonly Answer[]): [number, number][] {
  return log.map(({ step, code }) => [step, code]);
}

/** The answer of a step; throws if it has not come. */
export async function answerOf(manager: ProxyCanister, step: number): Promise<Answer> {
  const found = (await manager.log()).find((answer) => answer.step === step);
  if (found === undefined) throw new Error(`Step ${step} is not answered yet.`);
  return found;
}
