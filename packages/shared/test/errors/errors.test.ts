import { describe, expect, it } from 'vitest';
import { ERROR_CODES, explainReject, failure, isPermanent } from '../../src/index.ts';

const subject = { canister: 'bkyz2-fmaaa-aaaaa-qaaaq-cai', manager: 'bd3sg-teaaa-aaaaa-qaaba-cai', snapshot: '00ff' };
const rejected = (message: string, code = 5) => ({ code, message });

describe('the error registry', () => {
  it('has snake_case codes', () => {
    for (const code of ERROR_CODES) expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });

  it('names the command that helps, for dfx and for icp', () => {
    const { message } = failure('not_controller', subject);
    expect(message).toContain(`dfx canister update-settings ${subject.canister} --add-controller ${subject.manager}`);
    expect(message).toContain(`icp canister settings update ${subject.canister} --add-controller ${subject.manager}`);
  });

  it('flattens lists and records of the context into pairs of text', () => {
    expect(failure('ambiguous_target', { candidates: ['a', 'b'] }).context).toEqual([
      ['candidates', 'a'],
      ['candidates', 'b'],
    ]);
    expect(failure('slots_full', { canister: 'a', foreign: [{ id: '00', bytes: 7n }] }).context).toEqual([
      ['canister', 'a'],
      ['foreign_id', '00'],
      ['foreign_bytes', '7'],
    ]);
  });

  it('says how many cycles are missing', () => {
    const error = failure('not_enough_cycles', { manager: subject.manager, available: 3n, required: 10n });
    expect(error.message).toContain('at least 7');
  });
});

describe('refusals of the management canister', () => {
  it.each([
    ['take', rejected('IC0512: Only the controllers of the canister x can control it.'), 'not_controller'],
    ['take', rejected('IC0406: Canister x has reached the maximum number of snapshots allowed: 10.', 4), 'take_failed'],
    ['take', rejected('IC0207: Canister snapshotting failed', 2), 'target_out_of_cycles'],
    ['load', rejected('IC0210: Canister x is heap delta rate limited', 2), 'rate_limited'],
    ['load', rejected('IC0305: Could not find the snapshot ID', 3), 'snapshot_not_found'],
    ['stop', rejected('Stop canister request timed out', 2), 'stop_timeout'],
    ['stop', rejected("Canister x's stop request cancelled"), 'stop_cancelled'],
    ['start', rejected('IC0512: Only the controllers of the canister x can control it.'), 'start_failed'],
    ['status', rejected('IC0301: Canister x not found.', 3), 'target_not_found'],
  ] as const)('%s: %o means %s', (call, reject, code) => {
    expect(explainReject(call, reject, subject).code).toBe(code);
  });

  it('knows which starts are not worth a second try', () => {
    expect(isPermanent(rejected('IC0512: Only the controllers'))).toBe(true);
    expect(isPermanent(rejected('IC0301: Canister x not found.', 3))).toBe(true);
    expect(isPermanent(rejected('IC0201: Maximum queue capacity 500 reached', 2))).toBe(false);
    expect(isPermanent({ code: 0, message: 'no cycles' })).toBe(false);
  });
});
