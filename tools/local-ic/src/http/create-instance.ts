import { BadRequest } from './answer.ts';
import { asObject, type Fields, integerField, isObject, MAX_U64, optionalField } from './fields.ts';
import type { InstanceOptions } from './instance-host.ts';

/** What a client asks for when it creates an instance. */
export interface InstanceRequest {
  readonly options: InstanceOptions;
  /** Live from the start; milliseconds between two rounds at least. Null: stepped by hand. */
  readonly autoProgressDelayMs: number | null;
  /** A gateway that is to be opened with it, as `POST /http_gateway` takes it; null: none. */
  readonly gateway: Fields | null;
}

const NAMED_SUBNETS = ['nns', 'sns', 'ii', 'fiduciary', 'bitcoin'];
const OTHER_SUBNETS = ['system', 'verified_application', 'cloud_engine'];
const ONE_SUBNET = 'This server runs one application subnet per instance';

/** Options that need something that is not served, each with the reason. Null and empty values are fine. */
const NOT_SERVED: Readonly<Record<string, string>> = {
  icp_features: 'it has no built-in system canisters',
  state_dir: 'it keeps instances in memory only',
  bitcoind_addr: 'it has no Bitcoin integration',
  dogecoind_addr: 'it has no Dogecoin integration',
  incomplete_state: 'it keeps instances in memory only',
  test_threshold_keys: 'it has no threshold keys',
};

/** Reads the body of `POST /instances`. Throws `BadRequest` for what is wrong and for what is not served. */
export function readInstanceRequest(fields: Fields): InstanceRequest {
  for (const [name, reason] of Object.entries(NOT_SERVED)) {
    if (isGiven(fields[name])) throw new BadRequest(`${name} is not served by this server: ${reason}.`);
  }
  const spec = readSubnetSpec(optionalField(fields, 'subnet_config_set'));
  const start = readInitialTime(optionalField(fields, 'initial_time'));
  return {
    options: {
      ...(start.time === null ? {} : { time: start.time }),
      costSchedule: readChoice(spec, 'cost_schedule', ['Normal', 'Free']) === 'Free' ? 'free' : 'normal',
      rateLimits: readRateLimits(optionalField(fields, 'icp_config')),
    },
    autoProgressDelayMs: start.autoProgressDelayMs,
    gateway: isGiven(fields.http_gateway_config) ? asObject(fields.http_gateway_config, 'http_gateway_config') : null,
  };
}

function isGiven(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isObject(value) || Object.values(value).some(isGiven);
}

/** The application subnet's spec; `{}` if the request leaves it to the server. */
function readSubnetSpec(value: unknown): Fields {
  if (value === null) return {};
  const set = asObject(value, 'subnet_config_set');
  const unserved = [...NAMED_SUBNETS, ...OTHER_SUBNETS].find((name) =>
    Array.isArray(set[name]) ? set[name].length > 0 : optionalField(set, name) !== null,
  );
  if (unserved !== undefined) throw new BadRequest(`${ONE_SUBNET}: leave out "${unserved}".`);
  const application = optionalField(set, 'application') ?? [];
  if (!Array.isArray(application)) throw new BadRequest('application: expected an array.');
  if (application.length !== 1) {
    throw new BadRequest(`${ONE_SUBNET}: "application" must have exactly one entry, not ${application.length}.`);
  }
  const spec = asObject(application[0], 'application[0]');
  checkSubnetSpec(spec);
  return spec;
}

function checkSubnetSpec(spec: Fields): void {
  const state = optionalField(spec, 'state_config') ?? 'New';
  if (isObject(state) && 'FromPath' in state) {
    throw new BadRequest('A subnet with its state from a path is not served by this server: start with "New".');
  }
  if (state !== 'New') throw new BadRequest('state_config: expected "New".');
  // Both flags give the same here: a message always executes whole, in one round.
  readChoice(spec, 'dts_flag', ['Enabled', 'Disabled']);
  if (readChoice(spec, 'instruction_config', ['Production', 'Benchmarking']) === 'Benchmarking') {
    throw new BadRequest('Benchmarking instruction limits are not served by this server: use "Production".');
  }
}

/** The first choice is the default. */
function readChoice(fields: Fields, name: string, choices: readonly string[]): string {
  const value = optionalField(fields, name) ?? choices[0];
  if (typeof value !== 'string' || !choices.includes(value)) {
    throw new BadRequest(`${name}: expected ${choices.map((choice) => `"${choice}"`).join(' or ')}.`);
  }
  return value;
}

/** Reads `icp_config` and gives its rate-limit flag; the others may only say what is so anyway. */
function readRateLimits(value: unknown): boolean {
  if (value === null) return true;
  const config = asObject(value, 'icp_config');
  const flags = ['Enabled', 'Disabled'];
  for (const name of ['beta_features', 'canister_backtrace']) {
    if (optionalField(config, name) !== null && readChoice(config, name, flags) === 'Enabled') {
      throw new BadRequest(`icp_config.${name} cannot be enabled on this server: leave it out or disable it.`);
    }
  }
  readChoice(config, 'function_name_length_limits', flags);
  return readChoice(config, 'canister_execution_rate_limiting', flags) === 'Enabled';
}

function readInitialTime(value: unknown): {
  readonly time: bigint | null;
  readonly autoProgressDelayMs: number | null;
} {
  if (value === null) return { time: null, autoProgressDelayMs: null };
  const choice = asObject(value, 'initial_time');
  if (isObject(choice.Timestamp)) {
    return { time: integerField(choice.Timestamp, 'nanos_since_epoch', MAX_U64), autoProgressDelayMs: null };
  }
  if (isObject(choice.AutoProgress)) {
    return { time: null, autoProgressDelayMs: readArtificialDelay(choice.AutoProgress) };
  }
  throw new BadRequest('initial_time: expected {"Timestamp": …} or {"AutoProgress": …}.');
}

/** A day; longer waits between two rounds are a mistake. */
const MAX_DELAY_MS = 86_400_000n;

/** Milliseconds between two rounds of live mode; missing or null is 0. */
export function readArtificialDelay(fields: Fields): number {
  if (optionalField(fields, 'artificial_delay_ms') === null) return 0;
  return Number(integerField(fields, 'artificial_delay_ms', MAX_DELAY_MS));
}
