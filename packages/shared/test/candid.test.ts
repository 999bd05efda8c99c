import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import { describe, expect, it } from 'vitest';
import {
  backupManagerIdlFactory,
  backupManagerTypes,
  type CandidTarget,
  chatIdlFactory,
  policyArg,
} from '../src/index.ts';

describe('the idl factories', () => {
  it('fit the factory type of a Candid library', () => {
    const factories: IDL.InterfaceFactory[] = [backupManagerIdlFactory, chatIdlFactory];
    for (const factory of factories) expect(factory({ IDL })).toBeInstanceOf(IDL.ServiceClass);
  });

  it('declare restore without arguments, so that `dfx canister call … restore` works', () => {
    const service = backupManagerIdlFactory({ IDL });
    const restore = service._fields.find(([name]) => name === 'restore')?.[1];
    expect(restore?.argTypes).toEqual([]);
  });

  it('carry values as the plain types say', () => {
    const types = backupManagerTypes<IDL.Type>(IDL);
    const target: CandidTarget<Principal> = {
      canister: Principal.fromText('bkyz2-fmaaa-aaaaa-qaaaq-cai'),
      policy: policyArg({ schedule: { every_seconds: 21_600n }, keep: 8, mode: { stop: null } }),
      is_default: true,
      registered_at: 1n,
      next_run_at: 2n,
      last_run: [],
      open_run: [3n],
      paused: [],
      paused_alone: [false],
      held: [],
      newest_good: [],
      name: ['chat'],
      newest_good_age_seconds: [],
      last_downtime: [],
    };
    const bytes = new Uint8Array(IDL.encode([types.RegisterResult], [{ Ok: target }]));
    expect(IDL.decode([types.RegisterResult], bytes)).toEqual([{ Ok: target }]);
  });
});
