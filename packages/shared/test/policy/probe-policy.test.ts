import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CandidProbe,
  type CandidTripwire,
  LARGEST_NATURAL,
  MAX_NATURALS,
  MAX_PROBE_ARG_BYTES,
  MAX_TRIPWIRES,
  policyArg,
  readPolicy,
  readReply,
  writePolicy,
} from '../../src/index.ts';

const policy = (probe: CandidProbe) =>
  policyArg({ schedule: { every_seconds: 3600n }, keep: 4, mode: { stop: null }, probe: [probe] });
const rule: CandidTripwire = { measure: { natural: 0 }, at_least: [1n], shrinks_at_most_percent: [] };
const probe: CandidProbe = { method: 'count', arg: Uint8Array.of(68, 73, 68, 76, 0, 0), tripwires: [rule] };

const tripwire: fc.Arbitrary<CandidTripwire> = fc
  .record({
    measure: fc.oneof(
      fc.constant({ reply_bytes: null }),
      fc.record({ natural: fc.integer({ min: 0, max: MAX_NATURALS - 1 }) }, { noNullPrototype: true }),
    ),
    at_least: fc.oneof(fc.constant<[]>([]), fc.tuple(fc.bigInt({ min: 0n, max: LARGEST_NATURAL }))),
    shrinks_at_most_percent: fc.oneof(fc.constant<[]>([]), fc.tuple(fc.integer({ min: 0, max: 99 }))),
  })
  .filter(({ at_least, shrinks_at_most_percent }) => at_least.length + shrinks_at_most_percent.length > 0);

describe('the probe of a policy', () => {
  it('is read and written back', () => {
    const any = fc.record({
      method: fc.string({ minLength: 1, maxLength: 100 }),
      arg: fc.uint8Array({ maxLength: 100 }),
      tripwires: fc.array(tripwire, { maxLength: MAX_TRIPWIRES }),
    });
    fc.assert(
      fc.property(any, (given) => {
        const read = readPolicy(policy(given));
        if ('Err' in read) throw new Error(read.Err.message);
        expect(writePolicy(read.Ok).probe).toEqual([given]);
      }),
    );
  });

  it.each<[string, Partial<CandidProbe>]>([
    ['probe.method', { method: '' }],
    ['probe.method', { method: 'x'.repeat(101) }],
    ['probe.arg', { arg: new Uint8Array(MAX_PROBE_ARG_BYTES + 1) }],
    ['probe.tripwires', { tripwires: new Array(MAX_TRIPWIRES + 1).fill(rule) }],
    ['probe.tripwires', { tripwires: [{ ...rule, at_least: [] }] }],
    ['probe.tripwires.at_least', { tripwires: [{ ...rule, at_least: [LARGEST_NATURAL + 1n] }] }],
    ['probe.tripwires.shrinks_at_most_percent', { tripwires: [{ ...rule, shrinks_at_most_percent: [100] }] }],
    ['probe.tripwires.measure.natural', { tripwires: [{ ...rule, measure: { natural: MAX_NATURALS } }] }],
  ])('is refused for %s', (field, change) => {
    const read = readPolicy(policy({ ...probe, ...change }));
    if (!('Err' in read)) throw new Error(`${field} was taken`);
    expect(read.Err.code).toBe('invalid_policy');
    expect(read.Err.context).toContainEqual(['field', field]);
  });
});

describe('what is kept of an answer', () => {
  it('is its size, its hash and its naturals; of what is not Candid no naturals', () => {
    const answer = Uint8Array.of(68, 73, 68, 76, 0, 1, 0x7d, 0xe5, 0x8e, 0x26);
    expect(readReply(answer)).toMatchObject({ size: 10, naturals: [624485n] });
    // SHA-256 of nothing (FIPS 180-4).
    expect(readReply(new Uint8Array())).toEqual({
      size: 0,
      hash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      naturals: [],
    });
  });
});
