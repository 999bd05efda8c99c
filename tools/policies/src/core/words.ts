/** A policy in words, field by field, in the order and with the names and units of the file. */
import {
  DEFAULT_DOWNTIME_SECONDS,
  DEFAULT_MARGIN,
  type Policy,
  RULE_NAMES,
  type Schedule,
} from '@canister-backup/shared';
import { writeCycles, writeDuration, writeTimeOfDay } from '../units.ts';

const NOTHING = 'none';

/**
 * Equal texts mean equal behaviour: what is left out reads as what it stands for, so that nobody is told of a difference
 * that makes none.
 */
export function policyInWords(policy: Policy): ReadonlyMap<string, string> {
  const { quiet, jitter = 0n, immediate = true, skipUnchanged = false, margin = DEFAULT_MARGIN, afterRestore } = policy;
  const downtime = policy.maxDowntime ?? DEFAULT_DOWNTIME_SECONDS;
  return new Map([
    ['schedule', scheduleInWords(policy.schedule)],
    ['keep', String(policy.keep)],
    ['mode', policy.mode],
    ['retention', policy.retention === undefined ? 'the newest' : rulesInWords(policy.retention)],
    ['quiet_hours', quiet ? `${writeTimeOfDay(quiet.from)} to ${writeTimeOfDay(quiet.to)} UTC` : NOTHING],
    ['jitter', jitter === 0n ? NOTHING : writeDuration(jitter)],
    ['immediate', immediate ? 'yes' : 'no'],
    ['skip_unchanged', skipUnchanged ? 'yes' : 'no'],
    ['max_downtime', writeDuration(downtime)],
    ['margin', `${margin.days} days and ${writeCycles(margin.cycles)} cycles`],
    ['after_restore', afterRestore ? methodInWords(afterRestore) : NOTHING],
    ['probe', policy.probe ? probeInWords(policy.probe) : NOTHING],
  ]);
}

function scheduleInWords(schedule: Schedule): string {
  return schedule.kind === 'every' ? `every ${writeDuration(schedule.seconds)}` : `at "${schedule.cron}" UTC`;
}

function rulesInWords(rules: NonNullable<Policy['retention']>): string {
  return RULE_NAMES.filter((rule) => rules[rule] > 0)
    .map((rule) => `${rule} ${rules[rule]}`)
    .join(', ');
}

function methodInWords({ method, arg }: { readonly method: string; readonly arg: string }): string {
  return arg === '4449444c0000' ? `${method}()` : `${method}(${arg})`;
}

function probeInWords(probe: NonNullable<Policy['probe']>): string {
  const rules = probe.rules.map(({ measure, atLeast, shrinksAtMostPercent }) => {
    const measured = measure === 'reply_bytes' ? measure : `natural ${measure.natural}`;
    const bounds = [
      ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
      ...(shrinksAtMostPercent === undefined ? [] : [`shrinks at most ${shrinksAtMostPercent} %`]),
    ];
    return `${measured} ${bounds.join(' and ')}`;
  });
  return [methodInWords(probe), ...rules].join('; ');
}

/** What a reader has to know of a policy, on one line: what every policy has, and what is not as usual. */
export function policyInBrief(policy: Policy, usual: Policy): string {
  const words = policyInWords(policy);
  const others = policyInWords(usual);
  const needed = new Set(['schedule', 'keep', 'mode', 'retention']);
  return [...words]
    .filter(([field, text]) => needed.has(field) || text !== others.get(field))
    .map(([field, text]) => (field === 'schedule' ? text : `${field} ${text}`))
    .join(', ');
}
