/** What is stored, and how it becomes JSON. Changing any of this is a change of the layout version. */

import type {
  CatalogEntry,
  ChainEntry,
  ChainLink,
  Failures,
  Fingerprint,
  Grant,
  HealthRecord,
  Margin,
  Policy,
  Probe,
  ProbeReply,
  Run,
  ScheduleState,
  Spending,
  Step,
} from '@canister-backup/shared';
import { bytesToHex, hexToBytes } from '@canister-backup/shared';
import { decodeJson, encodeAgain, encodeJson, encodeList, encodeMerged, packBigints, unpackBigints } from './codec.ts';

export interface TargetRecord {
  readonly canister: string;
  readonly policy: Policy;
  readonly schedule: ScheduleState;
  /** Nanoseconds. */
  readonly registeredAt: bigint;
  /** What people call it; no two are called the same. */
  readonly name?: string | undefined;
  /** The timer leaves it alone. */
  readonly paused?: boolean | undefined;
  /** Until when (nanoseconds) nothing is done with it, and who said so. */
  readonly held?: Hold | undefined;
  /** Runs by the timer that failed in a row. */
  readonly failures?: Failures | undefined;
  /** Of older versions: until when nothing goes by its pace. When it was last backed up by hand. Nanoseconds. */
  readonly shrunkUntil?: bigint | undefined;
  readonly manualAt?: bigint | undefined;
}

export interface Hold {
  readonly until: bigint;
  readonly by: string;
}

export interface CanisterRecord {
  readonly snapshots: readonly CatalogEntry[];
  /** Number of the newest run, open or closed. */
  readonly lastRun?: bigint | undefined;
  /** What the last restore loaded, and the version of the canister after it. */
  readonly restored?: { readonly snapshot: string; readonly version: bigint } | undefined;
  /** From when the pace of deletions counts, in nanoseconds; kept while it is not registered. */
  readonly pacedFrom?: bigint | undefined;
}

/** A run that is over, and the number of the same canister's run before it. */
export interface ClosedRun {
  readonly run: Run;
  readonly previous?: bigint | undefined;
}

const TARGET_BIGINTS = ['registeredAt', 'shrunkUntil', 'manualAt'];
const POLICY_BIGINTS = ['jitter', 'maxDowntime'];
const RUN_BIGINTS = [
  ...['id', 'openedAt', 'progressAt', 'retryAt', 'version', 'takenAt', 'endedAt'],
  ...['before', 'safetyTakenAt', 'versionBefore', 'restoredVersion', 'downSince', 'downUntil'],
  ...['versionStarted', 'versionProbed', 'maxDowntime', 'cycles', 'liquid', 'burnPerDay', 'every'],
  'pacedFrom',
];
/** What a run is opened with, and never changes. */
const ORDERED: ReadonlySet<string> = new Set([
  ...['id', 'kind', 'target', 'manager', 'mode', 'keep', 'askedBy', 'openedAt', 'rules', 'mayShrink', 'skipUnchanged'],
  ...['every', 'pacedFrom'],
  ...['maxDowntime', 'margin', 'adopts', 'probe', 'wanted', 'purpose', 'before', 'withoutSafety', 'afterRestore'],
]);

const ENTRY_BIGINTS = ['takenAt', 'size', 'runId', 'version', 'versionAfter', 'safetyUntil', 'every'];

export function encodeTarget(target: TargetRecord): Uint8Array {
  return encodeJson({
    ...packBigints(target, TARGET_BIGINTS),
    policy: packPolicy(target.policy),
    schedule: packBigints(target.schedule, ['anchor', 'next']),
    ...(target.held && { held: packBigints(target.held, ['until']) }),
    ...(target.failures && { failures: packBigints(target.failures, ['retryAt', 'notBefore']) }),
  });
}

export function decodeTarget(bytes: Uint8Array): TargetRecord {
  const target = unpackBigints<TargetRecord>(decodeJson(bytes), TARGET_BIGINTS);
  const { policy, schedule, held, failures } = target;
  return {
    ...target,
    policy: unpackPolicy(policy),
    schedule: unpackBigints(schedule, ['anchor', 'next']),
    ...(held && { held: unpackBigints<Hold>(held, ['until']) }),
    ...(failures && { failures: unpackBigints<Failures>(failures, ['retryAt', 'notBefore']) }),
  };
}

/** A run is written in each of its steps: what was ordered, and the steps before, are turned into bytes only once. */
export function encodeRun(run: Run): Uint8Array {
  const ordered: Record<string, unknown> = {};
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(packRun(run))) (ORDERED.has(name) ? ordered : rest)[name] = value;
  return encodeMerged([encodeAgain(ordered), encodeJson(rest)], { steps: encodeList(run.steps, packStep) });
}

export function decodeRun(bytes: Uint8Array): Run {
  return unpackRun(decodeJson(bytes));
}

export function encodeClosedRun(closed: ClosedRun): Uint8Array {
  const { run, ...rest } = closed;
  return encodeMerged([encodeJson(packBigints(rest, ['previous']))], { run: encodeRun(run) });
}

export function decodeClosedRun(bytes: Uint8Array): ClosedRun {
  const closed = unpackBigints<ClosedRun>(decodeJson(bytes), ['previous']);
  return { ...closed, run: unpackRun(closed.run) };
}

export function encodeCanister(canister: CanisterRecord): Uint8Array {
  const { snapshots, restored, ...rest } = canister;
  const packed = {
    ...packBigints(rest, ['lastRun', 'pacedFrom']),
    restored: restored && packBigints(restored, ['version']),
  };
  return encodeMerged([encodeJson(packed)], { snapshots: encodeList(snapshots, packEntry) });
}

export function decodeCanister(bytes: Uint8Array): CanisterRecord {
  const canister = unpackBigints<CanisterRecord>(decodeJson(bytes), ['lastRun', 'pacedFrom']);
  const { restored } = canister;
  return {
    ...canister,
    snapshots: canister.snapshots.map(unpackEntry),
    ...(restored && { restored: unpackBigints<typeof restored>(restored, ['version']) }),
  };
}

export function encodeGrants(grants: readonly Grant[]): Uint8Array {
  return encodeJson(grants.map((grant) => packBigints(grant, ['grantedAt'])));
}

export function decodeGrants(bytes: Uint8Array): readonly Grant[] {
  return (decodeJson(bytes) as unknown[]).map((grant) => unpackBigints<Grant>(grant, ['grantedAt']));
}

function packStep(step: Step): Record<string, unknown> {
  return packBigints(step, ['at']);
}

/** Without its steps. */
function packRun({ steps: _, ...run }: Run): Record<string, unknown> {
  return {
    ...packBigints(run, RUN_BIGINTS),
    ...(run.probe && { probe: packProbe(run.probe) }),
    ...(run.margin && { margin: packBigints(run.margin, ['cycles']) }),
    ...(run.probeReply && { probeReply: packReply(run.probeReply) }),
  };
}

function unpackRun(packed: unknown): Run {
  const run = unpackBigints<Run>(packed, RUN_BIGINTS);
  return {
    ...run,
    steps: run.steps.map((step) => unpackBigints<Step>(step, ['at'])),
    ...(run.probe && { probe: unpackProbe(run.probe) }),
    ...(run.margin && { margin: unpackBigints<Margin>(run.margin, ['cycles']) }),
    ...(run.probeReply && { probeReply: unpackReply(run.probeReply) }),
  };
}

function packEntry(entry: CatalogEntry): Record<string, unknown> {
  const { fingerprint } = entry;
  const reply = fingerprint?.reply && packReply(fingerprint.reply);
  return { ...packBigints(entry, ENTRY_BIGINTS), ...(fingerprint && { fingerprint: { ...fingerprint, reply } }) };
}

function unpackEntry(packed: unknown): CatalogEntry {
  const entry = unpackBigints<CatalogEntry>(packed, ENTRY_BIGINTS);
  const { fingerprint } = entry;
  if (fingerprint?.reply === undefined) return entry;
  const unpacked: Fingerprint = { ...fingerprint, reply: unpackReply(fingerprint.reply) };
  return { ...entry, fingerprint: unpacked };
}

function packReply(reply: ProbeReply): Record<string, unknown> {
  return { ...reply, naturals: reply.naturals.map(String) };
}

function unpackReply(packed: unknown): ProbeReply {
  const reply = packed as ProbeReply;
  return { ...reply, naturals: reply.naturals.map(BigInt) };
}

function packPolicy(policy: Policy): Record<string, unknown> {
  const { schedule, probe, margin } = policy;
  return {
    ...packBigints(policy, POLICY_BIGINTS),
    schedule: packBigints(schedule, ['seconds']),
    ...(probe && { probe: packProbe(probe) }),
    ...(margin && { margin: packBigints(margin, ['cycles']) }),
  };
}

function unpackPolicy(packed: Policy): Policy {
  const { schedule, probe, margin } = packed;
  return {
    ...unpackBigints<Policy>(packed, POLICY_BIGINTS),
    schedule: unpackBigints(schedule, ['seconds']),
    ...(probe && { probe: unpackProbe(probe) }),
    ...(margin && { margin: unpackBigints<Margin>(margin, ['cycles']) }),
  };
}

/** Of a policy and of a run. */
function packProbe(probe: Probe): Record<string, unknown> {
  return { ...probe, rules: probe.rules.map((rule) => packBigints(rule, ['atLeast'])) };
}

function unpackProbe(packed: unknown): Probe {
  const probe = packed as Probe;
  return { ...probe, rules: probe.rules.map((rule) => unpackBigints(rule, ['atLeast'])) };
}

const HEALTH_BIGINTS = [
  ...['lastSuccess', 'seenAt', 'downSince', 'cycles', 'liquid', 'burnPerDay'],
  ...['unchangedAt', 'restoreFailedAt', 'downtime'],
];
export const SPENDING_BIGINTS = ['balance', 'liquid', 'perCall', 'at', 'since', 'spent'];

export function encodeHealth(health: HealthRecord): Uint8Array {
  const { spending } = health;
  const packed = {
    ...packBigints(health, HEALTH_BIGINTS),
    spending: spending && packBigints(spending, SPENDING_BIGINTS),
  };
  return encodeJson(packed);
}

export function decodeHealth(bytes: Uint8Array): HealthRecord {
  const { spending, ...rest } = unpackBigints<HealthRecord>(decodeJson(bytes), HEALTH_BIGINTS);
  return { ...rest, ...(spending && { spending: unpackBigints<Spending>(spending, SPENDING_BIGINTS) }) };
}

const CHAIN_BIGINTS = ['n', 'at', 'run'];

export function encodeLink({ entry, hash, previous }: ChainLink): Uint8Array {
  return encodeJson({
    entry: packBigints(entry, CHAIN_BIGINTS),
    hash: bytesToHex(hash),
    previous: bytesToHex(previous),
  });
}

export function decodeLink(bytes: Uint8Array): ChainLink {
  const { entry, hash, previous } = decodeJson(bytes) as { entry: unknown; hash: string; previous: string };
  return { entry: unpackBigints<ChainEntry>(entry, CHAIN_BIGINTS), hash: readHash(hash), previous: readHash(previous) };
}

function readHash(hex: string): Uint8Array {
  const bytes = hexToBytes(hex);
  if (bytes === undefined) throw new Error(`${hex} is not a hash`);
  return bytes;
}
