import { candidProblem } from '../candid-guard.ts';
import { refuse } from './method.ts';
import { undecodable } from './rejects.ts';
import type { ManagementMethod } from './types.ts';

/**
 * 32 random bytes. Takes no argument. The scheduler answers in the next round, so that nobody can know the answer when
 * they ask.
 */
export const rawRand: ManagementMethod = {
  name: 'raw_rand',
  ingress: 'nobody',
  budgeted: false,
  run: (context) => {
    const problem = candidProblem(context.request.payload);
    if (problem !== null) return refuse(undecodable(problem));
    context.state.management.rawRand.push({ request: context.request, round: context.state.round });
    return { kind: 'waits' };
  },
  effectiveCanister: () => ({ canisterId: null }),
};
