/** The answers of `http_request`, as a function of the request and of the manager's health. */
import { metricsText } from './metrics.ts';
import { healthPage } from './page.ts';
import { type HealthReport, partOf } from './report.ts';
import type { HealthLevel, TargetHealth } from './types.ts';

/** The part of a request that an answer depends on. */
export interface HttpAsk {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** What there is to answer from. `report` is called only for a path that exists. */
export interface HttpSource {
  /** Whether ids, names and balances may be shown to everybody. */
  readonly open: boolean;
  readonly report: () => HealthReport;
  readonly target: (canister: string) => TargetHealth | undefined;
}

/**
 * - `/` a page, `/metrics` for Prometheus, `/health` as JSON; `/health/<canister>` as JSON if the manager is open
 * - 503 from the two last for what is critical, and only for that
 * - `?part=1` for the next targets, where there are more than fit into one answer
 */
export function respond(ask: HttpAsk, source: HttpSource): HttpAnswer {
  if (ask.method !== 'GET' && ask.method !== 'HEAD') return plain(405, 'Use GET.\n', [['allow', 'GET, HEAD']]);
  const part = Number(/[?&]part=(\d{1,4})(?:[&#]|$)/.exec(ask.url)?.[1] ?? 0);
  const report = () => partOf(source.report(), part);
  const answer = find(pathOf(ask.url), { ...source, report });
  return ask.method === 'HEAD' ? { ...answer, body: '' } : answer;
}

function find(path: string, source: HttpSource): HttpAnswer {
  switch (path) {
    case '/':
      return typed(200, 'text/html; charset=utf-8', healthPage(source.report(), source.open));
    case '/metrics':
      return typed(200, 'text/plain; version=0.0.4; charset=utf-8', metricsText(source.report(), source.open));
    case '/health': {
      const report = source.report();
      return json(report.level, source.open ? everything(report) : summary(report));
    }
  }
  const canister = /^\/health\/([a-z0-9-]{1,63})$/.exec(path)?.[1];
  const target = canister !== undefined && source.open ? source.target(canister) : undefined;
  if (target !== undefined) return json(target.level, targetJson(target));
  return plain(404, 'Not found. There are /, /health, /health/<canister> and /metrics.\n');
}

/** Everything before the query. */
function pathOf(url: string): string {
  return /^[^?#]*/.exec(url)![0];
}

function summary({ level, counts, manager }: HealthReport): object {
  return { status: level, manager: { status: manager.level }, targets: counts };
}

function everything(report: HealthReport): object {
  const { manager, now, targets } = report;
  const { level, reasons, cycles, liquid, runwayDays, openRuns, openCalls } = manager;
  return {
    ...summary(report),
    part: report.part,
    parts: report.parts,
    now,
    manager: {
      status: level,
      reasons,
      cycles,
      liquid_cycles: liquid,
      runway_days: runwayDays,
      open_runs: openRuns,
      open_calls: openCalls,
      as_of: manager.fundsAt,
    },
    details: targets.map(targetJson),
  };
}

function targetJson({ canister, level, reasons, record, ...facts }: TargetHealth): object {
  return {
    canister,
    name: facts.name,
    status: level,
    as_of: facts.asOf,
    reasons,
    last_success: record.lastSuccess,
    next_run: facts.nextRunAt,
    failures: record.failures,
    target_status: facts.status,
    newest_good: facts.goodTakenAt,
    newest_good_age: facts.goodAge,
    last_downtime: record.downtime,
    snapshots: facts.snapshots,
    suspects: facts.suspects,
    foreign_snapshots: record.foreign,
    slots_free: facts.slotsFree,
    bytes: facts.bytes,
    cycles: record.cycles,
    runway_days: facts.runwayDays,
  };
}

/** Naturals that do not fit JSON's numbers, such as nanoseconds and cycles, are text. */
function json(level: HealthLevel, value: object): HttpAnswer {
  const text = JSON.stringify(value, (_, field: unknown) => (typeof field === 'bigint' ? String(field) : field));
  return typed(level === 'critical' ? 503 : 200, 'application/json', `${text}\n`);
}

function plain(status: number, body: string, headers: HttpAnswer['headers'] = []): HttpAnswer {
  const answer = typed(status, 'text/plain; charset=utf-8', body);
  return { ...answer, headers: [...answer.headers, ...headers] };
}

function typed(status: number, type: string, body: string): HttpAnswer {
  return {
    status,
    headers: [
      ['content-type', type],
      ['cache-control', 'no-store'],
      ['x-content-type-options', 'nosniff'],
      ['content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"],
    ],
    body,
  };
}
