/** Layout version, the run counter and the default target. */

import type { Spending } from '@canister-backup/shared';
import { packBigints, unpackBigints } from './codec.ts';
import { meta } from './maps.ts';
import { SPENDING_BIGINTS } from './records.ts';

const LAYOUT = 'layout';
const RUNS = 'runs';
/** Numbers that no run here has, because an imported state has them. */
const RUN_GAPS = 'run_gaps';
const DEFAULT_TARGET = 'default_target';
const HISTORY = 'history';
const SPENDING = 'spending';
const PUBLIC_HTTP = 'public_http';
const PAUSED_ALL = 'paused_all';

/** What stable memory says its layout is; undefined if it is not ours. */
export function layout(): string | undefined {
  return meta.get(LAYOUT);
}

export function setLayout(version: number): void {
  meta.insert(LAYOUT, String(version));
}

/** How many runs there have been. */
export function runCount(): bigint {
  return BigInt(meta.get(RUNS) ?? '0');
}

/** The number of a new run; the first is 1. */
export function nextRunId(): bigint {
  const id = runCount() + 1n;
  meta.insert(RUNS, String(id));
  return id;
}

/** The next run has a number above `count`. Numbers between are those of another time. */
export function raiseRunCount(count: bigint): void {
  const own = runCount();
  if (count <= own) return;
  const gaps = meta.get(RUN_GAPS);
  meta.insert(RUN_GAPS, `${gaps === undefined ? '' : `${gaps} `}${own}-${count}`);
  meta.insert(RUNS, String(count));
}

/** The greatest number below a missing one that a run here may have; undefined if it is in no gap. */
export function beforeGap(id: bigint): bigint | undefined {
  for (const gap of meta.get(RUN_GAPS)?.split(' ') ?? []) {
    const [own, last] = gap.split('-').map(BigInt) as [bigint, bigint];
    if (id > own && id <= last) return own;
  }
  return undefined;
}

export function defaultTarget(): string | undefined {
  return meta.get(DEFAULT_TARGET);
}

export function setDefaultTarget(canister: string | undefined): void {
  if (canister === undefined) meta.remove(DEFAULT_TARGET);
  else meta.insert(DEFAULT_TARGET, canister);
}

/** How many entries the history has had. */
export function historyCount(): bigint {
  return BigInt(meta.get(HISTORY) ?? '0');
}

export function setHistoryCount(count: bigint): void {
  meta.insert(HISTORY, String(count));
}

/** What is known of the manager's spending; undefined before the first run. */
export function spending(): Spending | undefined {
  const text = meta.get(SPENDING);
  return text === undefined ? undefined : unpackBigints<Spending>(JSON.parse(text), SPENDING_BIGINTS);
}

export function setSpending(value: Spending): void {
  meta.insert(SPENDING, JSON.stringify(packBigints(value, SPENDING_BIGINTS)));
}

/** Whether `http_request` shows everything to everybody. */
export function publicHttp(): boolean {
  return meta.get(PUBLIC_HTTP) === 'true';
}

export function setPublicHttp(open: boolean): void {
  meta.insert(PUBLIC_HTTP, String(open));
}

/**
 * Whether all targets are paused at once. Undefined in memory of builds that paused all by pausing each: which of them were
 * paused one by one is not known then.
 */
export function pausedAll(): boolean | undefined {
  const text = meta.get(PAUSED_ALL);
  return text === undefined ? undefined : text === 'true';
}

export function storePausedAll(paused: boolean): void {
  meta.insert(PAUSED_ALL, String(paused));
}
