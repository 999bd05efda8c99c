/** Installing and upgrading the manager. */
import { failure } from '@canister-backup/shared';
import { openCalls } from '../gateway/management.ts';
import { trap } from '../platform/ic.ts';
import { waitingForProbes } from '../runs/probes.ts';
import { resume } from '../runs/schedule.ts';
import { awake } from '../runs/wake.ts';
import { record } from '../store/history.ts';
import { openRunList } from '../store/journal.ts';
import { recallAll } from '../store/maps.ts';
import { LAYOUT_VERSION } from '../store/memory-ids.ts';
import { initializeLayout, migrateLayout } from '../store/migrations.ts';

export function installed(): void {
  initializeLayout();
  awake();
  record({ kind: 'installed', actor: 'manager', cause: 'init', details: [['layout', String(LAYOUT_VERSION)]] });
}

/**
 * Refuses while a call is open: its answer would meet code that knows nothing of it. Stopping the manager first lets its
 * runs finish. With `skip_pre_upgrade` this is not asked, and `upgraded` recovers from the journal.
 */
export function upgrading(): void {
  if (openCalls() > 0)
    trap(failure('upgrade_refused', { runs: openRunList().map((run) => run.id), probes: waitingForProbes() }).message);
}

export function upgraded(): void {
  const problem = migrateLayout();
  if (problem !== undefined) trap(problem);
  recallAll();
  awake();
  record({ kind: 'upgraded', actor: 'manager', cause: 'post_upgrade', details: [['layout', String(LAYOUT_VERSION)]] });
  resume();
}
