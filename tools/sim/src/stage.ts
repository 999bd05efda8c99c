/** The prepared worlds, one for each scenario, with its rehearsal. Made once, when first needed; every case is a fork. */
import { type Modules, readModules } from './canisters.ts';
import { claimsOf } from './claims.ts';
import { prepareWorld, type Scenario } from './prepare.ts';
import { type Rehearsal, rehearsalOf } from './rehearsal.ts';
import { SCENARIO_NAMES, type ScenarioName, scenario } from './scenarios.ts';
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
  const prepared = new Map<ScenarioName, World>();
  const worldOf = (name: ScenarioName): World => {
    const { after, prepare }: Scenario = scenario(name);
    const world = prepared.get(name) ?? (after === undefined ? base : worldOf(after as ScenarioName)).fork([]);
    if (!prepared.has(name)) prepare?.(world);
    prepared.set(name, world);
    return world;
  };
  const rehearsals = names.map((name) => rehearsalOf(name, () => worldOf(name)));
  const found = new Map<ScenarioName, Prepared>();
  const preparedOf = (name: ScenarioName): Prepared => {
    const rehearsal = rehearsals.find((one) => one.scenario === name);
    if (rehearsal === undefined) throw new Error(`the scenario ${name} is not on this stage`);
    const one = found.get(name) ?? {
      world: worldOf(name),
      claims: claimsOf(worldOf(name)),
      roundsDown: () => rehearsal.roundsDown,
    };
    found.set(name, one);
    return one;
  };
  return {
    rehearsals,
    run: (one) => simulate(preparedOf(one.scenario), one),
  };
}
