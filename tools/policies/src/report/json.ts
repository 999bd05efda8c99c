/** The same for programs. Integers that may not fit a double are text, fields are added and never renamed. */

import type { Note, Step } from '../core/types.ts';
import { policyInWords } from '../core/words.ts';
import type { Failure } from '../failure.ts';
import type { Applied, Seen } from './types.ts';

export function planJson({ manager, network, asker, plan, foreseen, troubles }: Seen): Record<string, unknown> {
  return {
    manager,
    network,
    identity: asker.principal,
    in_sync: plan.steps.length === 0,
    steps: plan.steps.map((step) => ({
      ...stepJson(step),
      ...(step.call === 'set_policy' && { going: foreseen.going.get(step.canister) ?? [] }),
    })),
    notes: plan.notes satisfies readonly Note[],
    uncontrolled: foreseen.uncontrolled,
    well: troubles.length === 0,
    troubles,
  };
}

function stepJson(step: Step): Record<string, unknown> {
  return 'policy' in step ? { ...step, policy: Object.fromEntries(policyInWords(step.policy)) } : { ...step };
}

export function appliedJson(applied: readonly Applied[], remaining: readonly Step[]): Record<string, unknown> {
  return {
    applied: applied.map(({ step, error }) => ({ ...stepJson(step), error: error ?? null })),
    remaining: remaining.map(stepJson),
    in_sync: remaining.length === 0,
  };
}

export function failureJson({ kind, code, message }: Failure): Record<string, unknown> {
  return { error: { kind, code, message } };
}

export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each), 2);
}
