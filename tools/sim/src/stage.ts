/** The prepared worlds, one for each scenario, with its rehearsal. Made once; every case is a fork. */
import { type Modules, readModules } from './canisters.ts';
import { claimsOf } from './claims.ts';
import { type Rehearsal, rehearse } from './rehearsal.ts';
import { prepareWorld, SCENARIO_NAMES, type ScenarioName, scenario } from './scenarios.ts';
import { type Case, type Prepared, simulate, type Verdict } from './simulate.ts';
import type { World } from './world.ts';

export interface Stage {
  readonly rehearsals: readonly Rehearsal[];
  run(one: Case): { readonly verdict: Verdict; readonly world: World };
}

/** @param manager another build of the manager */
export async function openStage(manager?: Uint8Array): Promise<Stage> {
  return stageOf(await readModules(manager));
}

export function stageOf(modules: Modules, names: readonly ScenarioName[] = SCENARIO_NAMES): Stage {
  const base = prepareWorld(modules);
  const worlds = new Map<ScenarioName, Prepared>();
  for (const name of names) {
    const world = base.fork([]);
    scenario(name).prepare?.(world);
    worlds.set(name, { world, claims: claimsOf(world) });
  }
  const prepared = (name: ScenarioName): Prepared => {
    const found = worlds.get(name);
    if (found === undefined) throw new Error(`the scenario ${name} is not on this stage`);
    return found;
  };
  return {
    rehearsals: names.map((name) => rehearse(prepared(name).world, name)),
    run: (one) => simulate(prepared(one.scenario), one),
  };
}
