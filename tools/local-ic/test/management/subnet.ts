import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import initWabt from 'wabt';
import type { Reject } from '../../src/errors.ts';
import { createMachine, type Machine } from '../../src/execution/machine.ts';
import * as idl from '../../src/management/idl.ts';
import {
  createCanister,
  type ManagementAnswer,
  type ManagementOutcome,
  runManagementCall,
} from '../../src/management/index.ts';
import { canisterIdFromNumber, type PrincipalText, principalFromBytes } from '../../src/principal.ts';
import { createState } from '../../src/state/create.ts';
import type { CallContext, CanisterState, IcState, ManagementRequest } from '../../src/state/types.ts';
import type { LocalIcOptions } from '../../src/types.ts';

export const ALICE = user(1);
export const BOB = user(2);

export function user(number: number): PrincipalText {
  return principalFromBytes(new Uint8Array([...new Uint8Array(28).fill(number), 2]));
}

/** Management calls straight against a state, without rounds: what they answer later is recorded. */
export interface Subnet {
  readonly state: IcState;
  readonly machine: Machine;
  readonly answers: { readonly request: ManagementRequest; readonly answer: ManagementAnswer }[];
  readonly responses: {
    readonly canisterId: PrincipalText;
    readonly callContext: CallContext;
    readonly reject: Reject;
  }[];
  /** Calls by ingress, or as a canister if the sender is one. */
  readonly call: (sender: PrincipalText, method: string, args: Args, options?: { readonly cycles?: bigint }) => Outcome;
  readonly addCanister: (options?: {
    readonly controllers?: PrincipalText[];
    readonly cycles?: bigint;
  }) => CanisterState;
}

export type Args = readonly [type: IDL.Type, value: unknown] | Uint8Array;
export type Outcome = ManagementOutcome;

export function testSubnet(options: LocalIcOptions = {}): Subnet {
  const state = createState(options);
  const machine = createMachine({});
  const answers: Subnet['answers'] = [];
  const responses: Subnet['responses'] = [];
  return {
    state,
    machine,
    answers,
    responses,
    call: (sender, method, args, { cycles = 0n } = {}) => {
      const senderIsCanister = state.canisters.has(sender);
      return runManagementCall({
        state,
        machine,
        sender,
        senderIsCanister,
        time: state.blockTime,
        request: {
          origin: senderIsCanister
            ? { kind: 'canister', callbackId: 0 }
            : { kind: 'ingress', messageId: new Uint8Array(32) },
          sender,
          method,
          payload: args instanceof Uint8Array ? args : encode(...args),
          cycles,
          receivedRound: state.round,
        },
        answer: (request, answer) => answers.push({ request, answer }),
        respondToCall: (canisterId, callContext, reject) => responses.push({ canisterId, callContext, reject }),
      });
    },
    addCanister: ({ controllers = [ALICE], cycles = 10n ** 15n } = {}) => {
      const id = canisterIdFromNumber(state.config.firstCanisterNumber + state.canistersCreated);
      state.canistersCreated += 1n;
      const canister = createCanister({ id, controllers, cycles, time: state.blockTime });
      state.canisters.set(id, canister);
      return canister;
    },
  };
}

export function encode(type: IDL.Type, value: unknown): Uint8Array {
  return new Uint8Array(IDL.encode([type], [value]));
}

export function byId(canister: { readonly id: PrincipalText }): Args {
  return [idl.CanisterIdArgs, { canister_id: p(canister.id) }];
}

export function p(id: PrincipalText): Principal {
  return Principal.fromText(id);
}

/** The decoded reply; fails if the call was refused or waits. */
export function replied<T>(outcome: Outcome, type: IDL.Type): T {
  if (outcome.kind !== 'reply') throw new Error(`expected a reply, got ${describe(outcome)}`);
  return IDL.decode([type], outcome.data)[0] as unknown as T;
}

/** Fails unless the call was answered. */
export function accepted(outcome: Outcome): Outcome {
  if (outcome.kind !== 'reply') throw new Error(`expected a reply, got ${describe(outcome)}`);
  return outcome;
}

/** `IC0512 Only the …`: code and first line of a refusal. */
export function refusal(outcome: Outcome): string {
  if (outcome.kind !== 'reject') throw new Error(`expected a reject, got ${outcome.kind}`);
  return `${outcome.reject.errorCode} ${outcome.reject.message.split('\n')[0]}`;
}

function describe(outcome: Outcome): string {
  return outcome.kind === 'reject' ? `${outcome.reject.errorCode} ${outcome.reject.message}` : outcome.kind;
}

const wabt = await initWabt();

/** Bytes of a module in WebAssembly text. */
export function wat(text: string): Uint8Array {
  const module = wabt.parseWat('test.wat', text, { mutable_globals: true });
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

/** One page of memory with four bytes of data, two globals, and a method. */
export const SMALL_MODULE = wat(`(module
  (memory 1)
  (global $counter (mut i32) (i32.const 7))
  (global (export "exported") i64 (i64.const 9))
  (data (i32.const 0) "data")
  (func (export "canister_update touch")
    (global.set $counter (i32.add (global.get $counter) (i32.const 1)))))`);

/** Installs the module by the management canister. */
export function install(subnet: Subnet, canister: CanisterState, wasmModule: Uint8Array = SMALL_MODULE): void {
  const args = {
    mode: { install: null },
    canister_id: p(canister.id),
    wasm_module: wasmModule,
    arg: new Uint8Array(),
    sender_canister_version: [],
  };
  const [controller] = canister.controllers;
  if (controller === undefined) throw new Error('the canister has no controller');
  accepted(subnet.call(controller, 'install_code', [idl.InstallCodeArgs, args]));
  canister.installDebit = 0n;
  canister.heapDeltaDebit = 0n;
}

/** A call that some canister answers later. */
export function openCall(canister: CanisterState, origin: CallContext['origin']): CallContext {
  const id = canister.nextCallContextId;
  canister.nextCallContextId += 1;
  const callContext: CallContext = {
    id,
    origin,
    method: 'wait',
    responded: false,
    availableCycles: 0n,
    outstanding: 0,
    instructions: 0n,
    time: canister.createdAt,
  };
  canister.callContexts.set(id, callContext);
  return callContext;
}
