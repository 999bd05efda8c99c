import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  affordsAnother,
  type Budget,
  CALLS_OF_A_NEW_RUN,
  CALLS_OF_AN_OPEN_RUN,
  cyclesForOthers,
  type InFlight,
  OUTSIDE_CALLS,
  type OutsideCalls,
  openRun,
  type Phase,
  refuseCalls,
  refuseLook,
  WATCHDOG_NANOS,
} from '../../src/index.ts';

const PER_CALL = 42n;
const run = (id: bigint) =>
  openRun({ id, kind: 'backup', target: 'a', manager: 'b', mode: 'stop', keep: 8, askedBy: 'timer', openedAt: 0n });
const inPhase = (phase: Phase) => ({ ...run(1n), phase });

const wanted: fc.Arbitrary<OutsideCalls> = fc
  .record({
    kind: fc.constantFrom('look', 'wait'),
    caller: fc.constantFrom('viewer', 'operator', 'other', 'controller'),
    canister: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    calls: fc.integer({ min: 1, max: 2 }),
  })
  .map((calls) => ({ ...calls, controls: calls.caller === 'controller' }));
const phases = fc.array(fc.constantFrom<Phase>('preflight', 'funding', 'stopping', 'taking', 'starting', 'pruning'), {
  maxLength: 4,
});

/** What somebody does: asks for calls, or gets the answer to the oldest. */
const acts = fc.array(fc.oneof({ weight: 3, arbitrary: wanted }, { weight: 1, arbitrary: fc.constant('answer') }), {
  maxLength: 200,
});

describe('calls outside runs', () => {
  it('leave what the open runs and one more count on, and are bounded for each and in all, whatever is asked', () => {
    fc.assert(
      fc.property(acts, phases, fc.bigInt({ min: 0n, max: 4000n }), (asked, open, balance) => {
        const inFlight: InFlight[] = [];
        const locked = () => inFlight.reduce((sum, { calls }) => sum + BigInt(calls) * PER_CALL, 0n);
        const kept = open.reduce(
          (sum, phase) => sum + (['preflight', 'funding'].includes(phase) ? CALLS_OF_A_NEW_RUN : CALLS_OF_AN_OPEN_RUN),
          CALLS_OF_A_NEW_RUN,
        );
        for (const act of asked) {
          if (typeof act === 'string') {
            inFlight.shift();
            continue;
          }
          const budget: Budget = {
            manager: 'm',
            funds: { liquid: balance - locked(), perCall: PER_CALL },
            open: open.map(inPhase),
            inFlight,
            now: 0n,
          };
          const refusal = refuseCalls(act, budget);
          if (refusal !== undefined) continue;
          inFlight.push({ ...act, since: 0n });
          expect(balance - locked()).toBeGreaterThanOrEqual(kept * PER_CALL);
        }
        for (const kind of ['look', 'wait'] as const) {
          const same = inFlight.filter((calls) => calls.kind === kind);
          const most = (key: 'caller' | 'canister') =>
            Math.max(
              0,
              ...same
                .filter(({ controls }) => key === 'canister' || controls !== true)
                .map((one) => total(same, key, one)),
            );
          expect(most('caller')).toBeLessThanOrEqual(OUTSIDE_CALLS[kind].caller);
          expect(most('canister')).toBeLessThanOrEqual(OUTSIDE_CALLS[kind].canister);
          expect(same.reduce((sum, { calls }) => sum + calls, 0)).toBeLessThanOrEqual(OUTSIDE_CALLS[kind].all);
        }
      }),
    );
  });

  const look: OutsideCalls = { kind: 'look', caller: 'viewer', canister: 'a', calls: 1 };
  const rich = { manager: 'm', funds: { liquid: 10_000n, perCall: PER_CALL }, open: [], now: 0n };

  it('of one caller, or about one canister, leave room for those of others', () => {
    const inFlight = Array.from({ length: 4 }, () => ({ ...look, since: 0n }));
    const codeOf = (calls: Partial<OutsideCalls>) => refuseCalls({ ...look, ...calls }, { ...rich, inFlight })?.code;
    expect(codeOf({ canister: 'b' })).toBe('busy');
    expect(codeOf({ caller: 'operator' })).toBe('busy');
    expect(codeOf({ caller: 'operator', canister: 'b' })).toBeUndefined();
    expect(codeOf({ controls: true, canister: 'b' })).toBeUndefined();
  });

  it('whose answers never came do not count for ever', () => {
    const inFlight = Array.from({ length: 4 }, () => ({ ...look, since: 0n }));
    expect(refuseCalls(look, { ...rich, inFlight, now: WATCHDOG_NANOS })).toBeUndefined();
  });

  it('say whether waiting helps', () => {
    const poor = { ...rich, funds: { liquid: 16n * PER_CALL, perCall: PER_CALL } };
    expect(refuseCalls(look, { ...poor, inFlight: [] })?.code).toBe('not_enough_cycles');
    const message = refuseCalls(look, { ...poor, inFlight: [{ ...look, since: 0n }] });
    expect(message).toMatchObject({ code: 'busy_cycles' });
    expect(message?.message).toContain('Try again in 5 seconds');
    // A start brings a target back, and takes what is kept for a run that is not open.
    expect(refuseCalls({ ...look, starts: true }, { ...poor, inFlight: [] })).toBeUndefined();
    const stopping = { ...poor, funds: { liquid: 6n * PER_CALL, perCall: PER_CALL }, open: [inPhase('stopping')] };
    expect(refuseCalls({ ...look, starts: true }, { ...stopping, inFlight: [] })?.code).toBe('busy_cycles');
  });
});

describe('runs', () => {
  it('set cycles aside for every other open run', () => {
    expect(cyclesForOthers([run(1n)], run(1n), 42n)).toBe(0n);
    expect(cyclesForOthers([run(1n), run(2n), run(3n)], run(1n), 42n)).toBe(2n * 6n * 42n);
  });

  it('are opened by the timer only if they and the open ones can be paid for', () => {
    expect(affordsAnother(0, { liquid: 16n, perCall: 1n })).toBe(true);
    expect(affordsAnother(0, { liquid: 15n, perCall: 1n })).toBe(false);
    expect(affordsAnother(2, { liquid: 28n, perCall: 1n })).toBe(true);
    expect(affordsAnother(2, { liquid: 27n, perCall: 1n })).toBe(false);
  });

  it('that somebody asks for look at their target only with cycles that no open run counts on', () => {
    const look = (open: Phase[], liquid: bigint) =>
      refuseLook({ manager: 'm', funds: { liquid, perCall: 1n }, open: open.map(inPhase) })?.code;
    expect(look([], 0n)).toBeUndefined();
    expect(look(['taking'], 8n)).toBeUndefined();
    expect(look(['taking'], 7n)).toBe('busy_cycles');
  });
});

function total(calls: readonly InFlight[], key: 'caller' | 'canister', of: InFlight): number {
  return calls.filter((other) => other[key] === of[key]).reduce((sum, other) => sum + other.calls, 0);
}
