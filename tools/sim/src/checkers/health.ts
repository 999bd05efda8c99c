/**
 * Health is never `ok` for a target whose backups are worth nothing, from the manager's first look after that was so: the
 * answer says as of when it is, and looks are as far apart as the interval, at most six hours. A manager that cannot look,
 * because its timer is not set or it cannot pay, says so of itself.
 */
import type { HealthTold, History, Violation } from '../history.ts';

const INVARIANT = '7 health';

export function health({ health: told }: History): Violation[] {
  return told.filter(isUntrue).map(({ canister, ill, level, now, since }) => ({
    invariant: INVARIANT,
    message: `health of ${canister} is ${level}, and ${ill.replaceAll('_', ' ')} is true for ${(now - since) / 1_000_000_000n} s`,
  }));
}

function isUntrue({ level, managerLevel, asOf, since, now, looks }: HealthTold): boolean {
  if (level !== 'ok') return false;
  if (asOf !== undefined && asOf > since) return true;
  return managerLevel === 'ok' && now > since + looks;
}
