/** The shortest list of faults that still shows the same kind of failure. */
import type { Fault } from './faults.ts';
import type { Case, Verdict } from './simulate.ts';

/**
 * Leaves out faults one by one, and makes delays and rounds smaller, as long as `judge` still finds the same.
 * @param judge runs a case
 */
export function shrink(one: Case, kind: Verdict['kind'], judge: (one: Case) => Verdict): Case {
  const fails = (faults: readonly Fault[]) => judge({ ...one, faults }).kind === kind;
  let faults = one.faults;
  for (let changed = true; changed; ) {
    changed = false;
    for (const candidate of smaller(faults)) {
      if (!fails(candidate)) continue;
      faults = candidate;
      changed = true;
      break;
    }
  }
  return { ...one, faults };
}

function smaller(faults: readonly Fault[]): Fault[][] {
  const without = faults.map((_, index) => faults.filter((_, other) => other !== index));
  const lesser = faults.flatMap((fault, index) => simpler(fault).map((simple) => faults.with(index, simple)));
  return [...without, ...lesser];
}

function simpler(fault: Fault): Fault[] {
  if ('times' in fault && fault.times !== undefined) {
    const { times, ...once } = fault;
    return times > 2 ? [once, { ...fault, times: Math.ceil(times / 2) }] : [once];
  }
  if (fault.kind === 'delay' && fault.rounds > 1) return [{ ...fault, rounds: Math.floor(fault.rounds / 2) }];
  if (fault.kind === 'trap' && fault.at > 1) return [{ ...fault, at: 1 }];
  return [];
}
