import { utf8, utf8Strict } from '../bytes.ts';
import { createCanisterFee, smaller } from '../cycles.ts';
import { MAX_ENVIRONMENT_VARIABLE_BYTES } from '../limits.ts';
import { principalToBytes } from '../principal.ts';
import { rootKeyOf, subnetIdOf } from '../state/subnet-keys.ts';
import { costOfCall, liquidBalance, readPrincipal } from './calls.ts';
import { contractViolation, HostTrap } from './execution.ts';
import { amount64, amountOf, copyBlob, type Guest, guestSlice, type HostFunctions, writeAmount } from './guest.ts';

/** Who and where the canister is: ids, time, version, timer, cycles, environment variables. */
export function environmentFunctions(guest: Guest): HostFunctions {
  const input = () => guest.execution().input;
  return {
    canister_self_size: () => principalToBytes(input().canisterId).length,
    canister_self_copy: (dst: number, offset: number, size: number) =>
      copyBlob(guest, principalToBytes(input().canisterId), [dst, offset, size]),
    subnet_self_size: () => principalToBytes(subnetIdOf(input().config)).length,
    subnet_self_copy: (dst: number, offset: number, size: number) =>
      copyBlob(guest, principalToBytes(subnetIdOf(input().config)), [dst, offset, size]),
    root_key_size: () => rootKeyOf(input().config).length,
    root_key_copy: (dst: number, offset: number, size: number) =>
      copyBlob(guest, rootKeyOf(input().config), [dst, offset, size]),
    canister_status: () => input().status,
    canister_version: () => input().version,
    time: () => input().time,
    is_controller: (source: number, size: number) =>
      input().controllers.includes(readPrincipal(guest, source, size)) ? 1 : 0,
    in_replicated_execution: () => (input().replicated ? 1 : 0),
    global_timer_set: (deadline: bigint) => {
      const execution = guest.execution();
      const former = execution.globalTimer ?? execution.input.globalTimer;
      execution.globalTimer = BigInt.asUintN(64, deadline);
      return former;
    },
    performance_counter: (type: number) => {
      if (type === 0) return guest.used();
      if (type === 1) return input().contextInstructions + guest.used();
      return contractViolation(`Error getting performance counter type: ${type >>> 0} is none of 0 and 1.`);
    },
    ...cyclesFunctions(guest),
    ...variableFunctions(guest),
  };
}

function cyclesFunctions(guest: Guest): HostFunctions {
  const input = () => guest.execution().input;
  const available = () => {
    const { answered, accepted, input } = guest.execution();
    return answered ? 0n : input.cyclesAvailable - accepted;
  };
  const accept = (maximum: bigint): bigint => {
    const execution = guest.execution();
    const amount = smaller(maximum, available());
    execution.accepted += amount;
    execution.balance += amount;
    return amount;
  };
  const notServed = (what: string) => () => {
    throw new HostTrap('IC0504', `local-ic does not serve ${what} yet, so it has no price for it.`);
  };
  return {
    canister_cycle_balance: () => amount64(guest.execution().balance),
    canister_cycle_balance128: (dst: number) => writeAmount(guest, dst, guest.execution().balance),
    canister_liquid_cycle_balance128: (dst: number) => writeAmount(guest, dst, liquidBalance(guest.execution())),
    msg_cycles_available: () => amount64(available()),
    msg_cycles_available128: (dst: number) => writeAmount(guest, dst, available()),
    msg_cycles_refunded: () => amount64(guest.execution().input.cyclesRefunded),
    msg_cycles_refunded128: (dst: number) => writeAmount(guest, dst, guest.execution().input.cyclesRefunded),
    msg_cycles_accept: (maximum: bigint) => accept(BigInt.asUintN(64, maximum)),
    msg_cycles_accept128: (high: bigint, low: bigint, dst: number) =>
      writeAmount(guest, dst, accept(amountOf(high, low))),
    cycles_burn128: (high: bigint, low: bigint, dst: number) => {
      const execution = guest.execution();
      const burned = smaller(amountOf(high, low), liquidBalance(execution));
      execution.balance -= burned;
      writeAmount(guest, dst, burned);
    },
    cost_call: (method: bigint, payload: bigint, dst: number) =>
      writeAmount(
        guest,
        dst,
        costOfCall(guest, { method: BigInt.asUintN(64, method), payload: BigInt.asUintN(64, payload) }),
      ),
    cost_create_canister: (dst: number) => writeAmount(guest, dst, createCanisterFee(input())),
    cost_http_request: notServed('HTTP outcalls'),
    cost_sign_with_ecdsa: notServed('threshold ECDSA'),
    cost_sign_with_schnorr: notServed('threshold Schnorr'),
    cost_vetkd_derive_key: notServed('vetKD'),
  };
}

function variableFunctions(guest: Guest): HostFunctions {
  const variables = () => guest.execution().input.environment;
  const at = (index: number) =>
    variables()[index >>> 0] ?? contractViolation(`there is no environment variable ${index >>> 0}.`);
  const nameFrom = (source: number, size: number): string => {
    if (size >>> 0 > MAX_ENVIRONMENT_VARIABLE_BYTES)
      contractViolation('the name of the environment variable is too long.');
    return (
      utf8Strict(guestSlice(guest, source, size)) ??
      contractViolation('the name of the environment variable is not UTF-8.')
    );
  };
  const valueNamed = (source: number, size: number): Uint8Array => {
    const name = nameFrom(source, size);
    const found = variables().find((variable) => variable.name === name);
    return utf8((found ?? contractViolation(`there is no environment variable "${name}".`)).value);
  };
  return {
    env_var_count: () => variables().length,
    env_var_name_size: (index: number) => utf8(at(index).name).length,
    env_var_name_copy: (index: number, dst: number, offset: number, size: number) =>
      copyBlob(guest, utf8(at(index).name), [dst, offset, size]),
    env_var_name_exists: (source: number, size: number) => {
      const name = nameFrom(source, size);
      return variables().some((variable) => variable.name === name) ? 1 : 0;
    },
    env_var_value_size: (source: number, size: number) => valueNamed(source, size).length,
    env_var_value_copy: (...words: number[]) => {
      const [source = 0, size = 0, dst = 0, offset = 0, length = 0] = words;
      copyBlob(guest, valueNamed(source, size), [dst, offset, length]);
    },
  };
}
