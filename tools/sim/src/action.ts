import type { PrincipalText } from 'local-ic';
import type { World } from './world.ts';

/** What somebody does. @param target the canister that the scenario is about */
export type Action = (world: World, target: PrincipalText) => void;
