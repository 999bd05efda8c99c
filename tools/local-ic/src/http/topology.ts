import type { LocalIc } from '../types.ts';
import { canisterIdJson } from './principals.ts';

/** The topology as `/instances` and `/_/topology` give it: subnet ids are text, everything else is base64. */
export function topologyJson(ic: LocalIc): unknown {
  const subnet = {
    subnet_kind: 'Application',
    subnet_seed: [...ic.seed()],
    instruction_config: 'Production',
    canister_ranges: ic.canisterRanges().map(([first, last]) => ({
      start: canisterIdJson(first),
      end: canisterIdJson(last),
    })),
  };
  return {
    subnet_configs: { [ic.subnetId()]: subnet },
    default_effective_canister_id: canisterIdJson(ic.defaultEffectiveCanisterId()),
  };
}
