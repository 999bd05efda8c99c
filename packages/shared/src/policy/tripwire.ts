/**
 * Tells a bad copy from a good one by rules on the fingerprint. A snapshot that trips one is suspect: it is kept, but
 * never picked, and it is not what later ones are compared with.
 */
import { type ErrorValue, failure } from '../errors/registry.ts';
import type { Fingerprint, Measure, Probe, ProbeReply } from './probe.ts';

/**
 * Why a snapshot that is complete is never picked:
 * - `suspect`: a tripwire of the policy
 * - `unknown`: the policy asks for a probe, and there is no answer to judge
 * - `marked`: somebody said so
 * - `unproven`: it was adopted, and nothing has shown yet that it is good: no load of it, and no administrator
 * - `load_failed`: the IC refused to load it for what is in it
 */
export type DoubtKind = 'suspect' | 'unknown' | 'marked' | 'unproven' | 'load_failed';

export interface Doubt {
  readonly kind: DoubtKind;
  readonly reasons: readonly ErrorValue[];
  /** Whether the snapshot is good once somebody accepts it: whether its stop was proven. */
  readonly otherwiseGood: boolean;
}

/** Whether a snapshot is good, or would be if somebody accepted it. */
export function isGoodOnceAccepted({ good, doubt }: { readonly good: boolean; readonly doubt?: Doubt | undefined }) {
  return good || doubt?.otherwiseGood === true;
}

/** The part of a catalog entry that is looked at here. */
export interface Judged {
  readonly id: string;
  readonly takenAt: bigint;
  readonly state: string;
  readonly fingerprint?: Fingerprint | undefined;
  readonly doubt?: Doubt | undefined;
}

/** What a snapshot is compared with: the answer of the newest one that nobody doubts, to the same probe. */
export function baselineFor(probe: string, snapshots: readonly Judged[]): ProbeReply | undefined {
  const known = snapshots
    .filter(
      ({ state, doubt, fingerprint }) => state === 'complete' && doubt === undefined && fingerprint?.probe === probe,
    )
    .filter(({ fingerprint }) => fingerprint?.reply !== undefined);
  return newestOf(known)?.fingerprint?.reply;
}

/** Which rules of the probe an answer breaks, and which cannot be applied to it. */
export function judge(
  { method, rules }: Probe,
  reply: ProbeReply,
  about: { readonly canister: string; readonly baseline?: ProbeReply | undefined },
): { readonly tripped: readonly ErrorValue[]; readonly unreadable: readonly ErrorValue[] } {
  const tripped: ErrorValue[] = [];
  const unreadable: ErrorValue[] = [];
  for (const { measure, atLeast, shrinksAtMostPercent } of rules) {
    const { canister, baseline } = about;
    const value = measured(measure, reply);
    const name = measureName(measure);
    if (value === undefined) {
      unreadable.push(
        failure('probe_unreadable', { canister, method, measure: name, naturals: reply.naturals.length }),
      );
      continue;
    }
    if (atLeast !== undefined && value < atLeast) {
      tripped.push(failure('tripwire_at_least', { canister, measure: name, value, at_least: atLeast }));
    }
    const before = baseline && measured(measure, baseline);
    if (shrinksAtMostPercent === undefined || before === undefined) continue;
    if (value * 100n < before * BigInt(100 - shrinksAtMostPercent)) {
      const percent = shrinksAtMostPercent;
      tripped.push(failure('tripwire_shrunk', { canister, measure: name, value, before, at_most_percent: percent }));
    }
  }
  return { tripped, unreadable };
}

function measured(measure: Measure, reply: ProbeReply): bigint | undefined {
  return measure === 'reply_bytes' ? BigInt(reply.size) : reply.naturals[measure.natural];
}

function measureName(measure: Measure): string {
  return measure === 'reply_bytes' ? 'reply_bytes' : `natural ${measure.natural}`;
}

/** Whether a snapshot belongs into the one slot for those that tripped or could not be judged. */
export function isSetAside({ state, doubt }: Pick<Judged, 'state' | 'doubt'>): boolean {
  return state === 'complete' && doubt !== undefined && !ORDINARY.has(doubt.kind);
}

/** Doubts that change nothing of what retention does with a snapshot. */
const ORDINARY: ReadonlySet<DoubtKind> = new Set<DoubtKind>(['marked', 'unproven', 'load_failed']);

/**
 * The one slot for snapshots that tripped or could not be judged: the newest of them stays, and the others go, so that
 * a target that is broken for weeks pushes out at most one that was good: it is one of the eight slots, because the two
 * that are free are for the next take and for a safety snapshot. What somebody marked by hand stays where it was, so that
 * a mistake there deletes nothing; and so does what was adopted, which was the whole history of an earlier manager.
 */
export function rollingSlot<S extends Judged>(
  snapshots: readonly S[],
): { readonly kept?: S; readonly gone: readonly S[] } {
  const aside = snapshots.filter(isSetAside);
  const kept = newestOf(aside);
  if (kept === undefined) return { gone: [] };
  return { kept, gone: aside.filter((snapshot) => snapshot !== kept) };
}

function newestOf<S extends Judged>(snapshots: readonly S[]): S | undefined {
  return [...snapshots].sort((a, b) => {
    if (a.takenAt !== b.takenAt) return a.takenAt > b.takenAt ? -1 : 1;
    return a.id < b.id ? 1 : -1;
  })[0];
}

/** The entry after somebody accepted it: nobody doubts it any more. */
export function accepted<S extends { readonly doubt?: Doubt | undefined; readonly good: boolean }>(entry: S): S {
  const { doubt } = entry;
  return doubt === undefined ? entry : { ...entry, doubt: undefined, good: doubt.otherwiseGood };
}

/** Whether nothing has shown yet that an adopted snapshot is good. */
export function isUnproven({ doubt }: { readonly doubt?: Doubt | undefined }): boolean {
  return doubt?.kind === 'unproven';
}

/** Whether the IC refused to load it. */
export function isUnloadable({ doubt }: { readonly doubt?: Doubt | undefined }): boolean {
  return doubt?.kind === 'load_failed';
}

/** The entry after the IC refused to load it. What a person or a tripwire said of it stays the kind of its doubt. */
export function unloadable<S extends { readonly doubt?: Doubt | undefined; readonly good: boolean }>(
  entry: S,
  reason: ErrorValue,
): S {
  const { kind = 'load_failed', reasons = [] } = entry.doubt ?? {};
  const otherwiseGood = isGoodOnceAccepted(entry);
  if (kind === 'load_failed') return { ...entry, good: false, doubt: { kind, reasons: [reason], otherwiseGood } };
  const others = reasons.filter(({ code }) => code !== reason.code);
  return { ...entry, good: false, doubt: { kind, reasons: [...others, reason], otherwiseGood } };
}

/**
 * The entry after somebody marked it. What is in doubt already stays as it is, except what is unproven: a load of it
 * would end that doubt, and must not end this one.
 */
export function marked<S extends { readonly doubt?: Doubt | undefined; readonly good: boolean }>(
  entry: S,
  reason: ErrorValue,
): S {
  if (entry.doubt !== undefined && !isUnproven(entry)) return entry;
  const { reasons = [] } = entry.doubt ?? {};
  const otherwiseGood = isGoodOnceAccepted(entry);
  return { ...entry, good: false, doubt: { kind: 'marked', reasons: [...reasons, reason], otherwiseGood } };
}
