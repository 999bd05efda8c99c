/** What people call a target. The name belongs to the target and goes with it; the id stays what calls take. */
import { type CandidTarget, failure, readName } from '@canister-backup/shared';
import type { Principal } from 'azle';
import { requireRight } from '../access.ts';
import { record } from '../store/history.ts';
import { getTarget, putTarget, targetCalled } from '../store/targets.ts';
import { type Answer, ok, refuse } from './results.ts';
import { viewTarget } from './views.ts';

export function setName(arg: { canister: Principal; name: [] | [string] }): Answer<CandidTarget<Principal>> {
  const canister = arg.canister.toText();
  const asking = requireRight('administer', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const target = getTarget(canister);
  if (target === undefined) return refuse(failure('unknown_target', { canister }));
  const wanted = arg.name[0] === undefined ? { Ok: undefined } : readName(arg.name[0]);
  if ('Err' in wanted) return refuse(wanted.Err);
  const name = wanted.Ok;
  const other = name === undefined ? undefined : targetCalled(name);
  if (name !== undefined && other !== undefined && other.canister !== canister) {
    return refuse(failure('name_taken', { canister, name, by: other.canister }));
  }
  if (target.name === name) return ok(viewTarget(target));
  const named = { ...target, name };
  putTarget(named);
  const details: [string, string][] = [['name', name ?? '']];
  record({ kind: 'named', actor: asking.Ok.principal, cause: 'set_name', canister, details });
  return ok(viewTarget(named));
}
