/**
 * Fewer single faults than there are, chosen by the faults alone. Each class of fault stays at each boundary of each
 * scenario; what is thinned is which times, codes and acts it has there.
 */

import { classOf, type Fault } from './faults.ts';
import type { Numbered } from './outcomes.ts';
import type { Case } from './simulate.ts';

export interface Thinned {
  readonly cases: readonly Numbered[];
  /** All that there are. */
  readonly of: number;
  /** Pairs of a class and a boundary, and how many of them have a case. */
  readonly boundaries: number;
  readonly kept: number;
}

/** @returns in their order; where the limit is below the number of boundaries, one case each for as many as fit */
export function thinned(all: readonly Numbered[], limit: number): Thinned {
  const groups = groupsOf(all);
  const chosen = new Set<Numbered>(firstBy(representatives(groups), limit));
  const kept = chosen.size;
  const rest = all.filter((one) => !chosen.has(one));
  for (const one of firstBy(rest, limit - chosen.size)) chosen.add(one);
  return { cases: all.filter((one) => chosen.has(one)), of: all.length, boundaries: groups.size, kept };
}

/** Where a single fault strikes, and of which class it is. */
export function boundaryOf({ scenario, faults: [fault] }: Case): string {
  return fault === undefined ? scenario : `${scenario} ${classOf(fault)} ${placeOf(fault)}`;
}

function placeOf(fault: Fault): string {
  return fault.kind === 'act' ? `round ${fault.round}` : `${fault.kind} ${fault.nth}`;
}

function groupsOf(all: readonly Numbered[]): Map<string, Numbered[]> {
  const groups = new Map<string, Numbered[]>();
  for (const one of all) {
    const key = boundaryOf(one.case);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

/**
 * One of each group; in turn the first, the second and so on of the groups that have as many of the same class, so that each
 * kind of fault gets its turn.
 */
function representatives(groups: ReadonlyMap<string, readonly Numbered[]>): Numbered[] {
  const turns = new Map<string, number>();
  return [...groups.values()].map((group) => {
    const fault = group[0]?.case.faults[0];
    const alike = `${fault === undefined ? '' : classOf(fault)} ${group.length}`;
    const turn = turns.get(alike) ?? 0;
    turns.set(alike, turn + 1);
    return group[turn % group.length] as Numbered;
  });
}

/** As many as wanted, by a hash of each: a scenario that is added does not change which of the others stay. */
function firstBy(cases: readonly Numbered[], wanted: number): readonly Numbered[] {
  if (cases.length <= wanted) return cases;
  return cases
    .map((one) => ({ one, hash: fnv(JSON.stringify(one.case)) }))
    .sort((a, b) => a.hash - b.hash || a.one.number - b.one.number)
    .slice(0, Math.max(0, wanted))
    .map(({ one }) => one);
}

/** FNV-1a, 32 bits. */
function fnv(text: string): number {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return hash >>> 0;
}
