/** The probe of a policy, from Candid and to it. */

import { LARGEST_NATURAL, MAX_NATURALS } from '../candid/naturals.ts';
import type { CandidProbe, CandidTripwire } from '../candid/values.ts';
import { type ErrorValue, failure } from '../errors/registry.ts';
import { bytesToHex, hexToBytes } from '../ids/bytes.ts';
import { MAX_METHOD_NAME, MAX_PROBE_ARG_BYTES, MAX_TRIPWIRES } from '../limits.ts';
import type { Probe, Rule } from '../policy/probe.ts';
import { MAX_SHOWN, problemOfText, shownText } from './text.ts';

/** Why a probe cannot be taken over: `invalid_policy` names the field. */
export function problemOfProbe(probe: CandidProbe | undefined): ErrorValue | undefined {
  if (probe === undefined) return undefined;
  const { method, arg, tripwires } = probe;
  const expected = problemOfText(method, MAX_METHOD_NAME);
  if (expected !== undefined) return invalid('method', method, expected);
  if (arg.length > MAX_PROBE_ARG_BYTES) {
    return invalid('arg', `${arg.length} bytes`, `at most ${MAX_PROBE_ARG_BYTES} bytes`);
  }
  if (tripwires.length > MAX_TRIPWIRES) {
    return invalid('tripwires', `a list of ${tripwires.length}`, `at most ${MAX_TRIPWIRES}`);
  }
  return tripwires.map(problemOfTripwire).find((problem) => problem !== undefined);
}

function problemOfTripwire({ measure, at_least, shrinks_at_most_percent }: CandidTripwire): ErrorValue | undefined {
  const [least, percent] = [at_least[0], shrinks_at_most_percent[0]];
  if ('natural' in measure && measure.natural >= MAX_NATURALS) {
    return invalid('tripwires.measure.natural', measure.natural, `0 to ${MAX_NATURALS - 1}`);
  }
  if (least === undefined && percent === undefined) {
    return invalid('tripwires', 'without a bound', 'one with at_least or shrinks_at_most_percent');
  }
  if (least !== undefined && least > LARGEST_NATURAL) return invalid('tripwires.at_least', least, 'of 128 bits');
  if (percent !== undefined && percent > 99) {
    return invalid('tripwires.shrinks_at_most_percent', percent, '0 to 99');
  }
  return undefined;
}

function invalid(field: string, value: unknown, expected: string): ErrorValue {
  return failure('invalid_policy', { field: `probe.${field}`, value: shownText(String(value), MAX_SHOWN), expected });
}

/** A probe that `problemOfProbe` has nothing against. */
export function readProbe({ method, arg, tripwires }: CandidProbe): Probe {
  return { method, arg: bytesToHex(Uint8Array.from(arg)), rules: tripwires.map(readTripwire) };
}

function readTripwire({ measure, at_least, shrinks_at_most_percent }: CandidTripwire): Rule {
  const [atLeast, shrinksAtMostPercent] = [at_least[0], shrinks_at_most_percent[0]];
  return {
    measure: 'natural' in measure ? { natural: measure.natural } : 'reply_bytes',
    ...(atLeast !== undefined && { atLeast }),
    ...(shrinksAtMostPercent !== undefined && { shrinksAtMostPercent }),
  };
}

export function writeProbe({ method, arg, rules }: Probe): CandidProbe {
  return { method, arg: hexToBytes(arg) ?? new Uint8Array(), tripwires: rules.map(writeTripwire) };
}

function writeTripwire({ measure, atLeast, shrinksAtMostPercent }: Rule): CandidTripwire {
  return {
    measure: measure === 'reply_bytes' ? { reply_bytes: null } : measure,
    at_least: atLeast === undefined ? [] : [atLeast],
    shrinks_at_most_percent: shrinksAtMostPercent === undefined ? [] : [shrinksAtMostPercent],
  };
}
