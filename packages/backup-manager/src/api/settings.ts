/** Settings of the manager itself. */
import type { CandidSettings } from '@canister-backup/shared';
import { requireRight, requireRightAnywhere } from '../access.ts';
import { record } from '../store/history.ts';
import { publicHttp, setPublicHttp } from '../store/meta.ts';
import { type Answer, ok, refuse } from './results.ts';

export function settings(): Answer<CandidSettings> {
  const asking = requireRightAnywhere('view');
  return 'Err' in asking ? refuse(asking.Err) : ok(current());
}

export function setSettings({ public_http: [open] }: CandidSettings): Answer<CandidSettings> {
  const asking = requireRight('administer');
  if ('Err' in asking) return refuse(asking.Err);
  if (open !== undefined && open !== publicHttp()) {
    setPublicHttp(open);
    const details: [string, string][] = [['public_http', String(open)]];
    record({ kind: 'settings_set', actor: asking.Ok.principal, cause: 'set_settings', details });
  }
  return ok(current());
}

function current(): CandidSettings {
  return { public_http: [publicHttp()] };
}
