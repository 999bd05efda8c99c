/** Times that people give. The interface takes nanoseconds; clocks, JavaScript and databases give other units. */
import { failure } from '../errors/registry.ts';
import { when } from '../text/format.ts';
import type { Result } from './read.ts';

/** By the number alone: as this unit it is a time from 2001 on, as nanoseconds one of the first days of 1970. */
const UNITS = [
  { name: 'seconds', from: 10n ** 9n, to: 10n ** 11n, nanos: 10n ** 9n },
  { name: 'milliseconds', from: 10n ** 12n, to: 10n ** 14n, nanos: 10n ** 6n },
  { name: 'microseconds', from: 10n ** 15n, to: 10n ** 17n, nanos: 1000n },
] as const;

/** A time in nanoseconds; a refusal with the right number if it was given in another unit. */
export function readTime(field: string, value: bigint): Result<bigint> {
  const unit = UNITS.find(({ from, to }) => value >= from && value < to);
  if (unit === undefined) return { Ok: value };
  const meant = value * unit.nanos;
  const expected = `nanoseconds since 1970. These look like ${unit.name}; then it is ${meant} (${when(meant)})`;
  return { Err: failure('invalid_argument', { field, value: String(value), expected }) };
}
