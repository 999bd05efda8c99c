/** What there is to restore from: our catalog, less what the IC did not list when last asked. Times are nanoseconds. */
import { isUnproven } from '../policy/tripwire.ts';
import { goodSnapshots } from '../run/restore.ts';
import type { CatalogEntry } from '../run/types.ts';
import type { HealthRecord, TargetFacts } from './types.ts';

type Held = Pick<
  TargetFacts,
  'snapshots' | 'bytes' | 'suspects' | 'unproven' | 'goodTakenAt' | 'goodSnapshot' | 'goodAt'
>;

/** The part of a target's facts that follows from its snapshots. */
export function held(catalog: readonly CatalogEntry[], record: HealthRecord): Held {
  const there = catalog.filter(({ id }) => record.missing?.includes(id) !== true);
  const newest = goodSnapshots(there)[0];
  const { unchangedSince, unchangedAt } = record;
  const confirmed = newest !== undefined && newest.id === unchangedSince ? unchangedAt : undefined;
  return {
    snapshots: there.length,
    bytes: there.reduce((sum, { size }) => sum + size, 0n),
    suspects: there.filter((entry) => entry.doubt !== undefined && !isUnproven(entry)).length,
    unproven: there.filter(isUnproven).length,
    goodTakenAt: newest?.takenAt,
    goodSnapshot: newest?.id,
    goodAt: confirmed ?? newest?.takenAt,
  };
}
