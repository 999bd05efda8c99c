/** The prepared worlds, one for each scenario, with its rehearsal. Made once; every case is a fork. */
import { type Modules, readModules } from './canisters.ts';
import { type Rehearsal, rehearse } from './rehearsal.ts';
import { prepareWorld, SCENARIO_NAMES, type ScenarioName, scenario } from './scenarios.ts';
import { type Case, simulate, type Verdict } from './simulate.ts';
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
  const worlds = new Map<ScenarioName, World>();
  for (const name of names) {
    const world = base.fork([]);
    scenario(name).prepare?.(world);
    worlds.set(name, world);
  }
  const prepared = (name: ScenarioName): World => {
    const world = worlds.get(name);
    if (world === undefined) throw new Error(`the scenario ${name} is not on this stage`);
    return world;
  };
  return {
    rehearsals: names.map((name) => rehearse(prepared(name), name)),
    run: (one) => simulate(prepared(one.scenario), one),
  };
}
