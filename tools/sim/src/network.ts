/** The two canisters and a worker on an IC of their own, and the calls that people make. */
import { type CandidError, type CandidPolicy, policyArg } from '@canister-backup/shared';
import { CHAT, MANAGER, method, request } from '@canister-backup/story';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import { type CallRequest, type CallResult, createLocalIc, type LocalIc, type PrincipalText } from 'local-ic';
import { MANAGEMENT, type Modules, WORKER_SERVICE } from './canisters.ts';
import type { Answered, Names } from './history.ts';

export const SECOND = 1_000_000_000n;
export const MINUTE = 60n * SECOND;
export const HOUR = 60n * MINUTE;

/** 2026-01-01 09:00:00 UTC. */
const START_NANOS = 1_767_258_000n * SECOND;

/** Seconds between scheduled backups of the chat. */
export const INTERVAL_SECONDS = 3600n;

/** Of a hold; shorter than the time to recover, so that it keeps nothing away from the demands. */
export const HOLD_MINUTES = 5;

/** Snapshots of the chat that the policy keeps: few, so that each backup also deletes. */
const KEEP = 2;

const AMPLE_CYCLES = 100_000_000_000_000n;
export const NO_ARGUMENTS = new Uint8Array(IDL.encode([], []));
const AAAAA_AA = 'aaaaa-aa' as PrincipalText;

const user = (number: number) =>
  Principal.fromUint8Array(Uint8Array.of(...new Array<number>(28).fill(number), 2)).toText() as PrincipalText;

export const principal = (text: string) => Principal.fromText(text);

/** What names a snapshot to the manager. @param id hexadecimal */
export function snapshotArg(canister: string, id: string): { canister: Principal; snapshot_id: Uint8Array } {
  return { canister: principal(canister), snapshot_id: Buffer.from(id, 'hex') };
}

/** A call to the management canister about one canister. */
export function about(name: string, argument: Record<string, unknown>, sender: PrincipalText): CallRequest {
  const called = method(MANAGEMENT, AAAAA_AA, name);
  const named = argument.canister_id as Principal | undefined;
  const effective = named === undefined ? {} : { effectiveCanisterId: named.toText() as PrincipalText };
  return { ...request({ method: called, args: [argument], sender }), ...effective };
}

/** An upgrade to the same module. */
export function upgradeRequest(
  names: Names,
  canister: PrincipalText,
  code: { readonly module: Uint8Array; readonly skipPreUpgrade?: boolean },
): CallRequest {
  const upgrade = code.skipPreUpgrade === true ? [{ skip_pre_upgrade: [true] }] : [];
  const canister_id = principal(canister);
  const argument = { mode: { upgrade }, canister_id, wasm_module: code.module, arg: NO_ARGUMENTS };
  return about('install_code', argument, names.developer);
}

export function controllersRequest(
  names: Names,
  canister: PrincipalText,
  controllers: readonly PrincipalText[],
): CallRequest {
  const settings = { controllers: [controllers.map(principal)] };
  return about('update_settings', { canister_id: principal(canister), settings }, names.developer);
}

/** A call to the manager. */
export function toManager(names: Names, name: string, args: readonly unknown[], sender = names.developer): CallRequest {
  return request({ method: method(MANAGER, names.manager, name), args, sender });
}

export function toChat(names: Names, name: 'append' | 'dump' | 'remove_spam', args: readonly unknown[]): CallRequest {
  return request({ method: method(CHAT, names.chat, name), args, sender: names.developer });
}

export function toWorker(names: Names, name: 'hang' | 'hang_100' = 'hang'): CallRequest {
  return request({ method: method(WORKER_SERVICE, names.worker, name), args: [], sender: names.developer });
}

/** Has a canister that is made of `worker.wat` make a call, and answers when that is answered. */
export function forwarded(
  by: PrincipalText,
  call: Pick<CallRequest, 'canisterId' | 'method' | 'payload'>,
  sender: PrincipalText,
): CallRequest {
  const [id, name] = [principal(call.canisterId).toUint8Array(), Buffer.from(call.method)];
  const payload = Buffer.concat(
    [[id.length], id, [name.length], name, call.payload].map((part) => Uint8Array.from(part)),
  );
  return { sender, canisterId: by, method: 'forward', payload };
}

/** The bytes of a reply; throws what it was rejected with. */
export function replyOf(result: CallResult, what: string): Uint8Array {
  if (result.kind === 'reply') return new Uint8Array(result.data);
  throw new Error(`${what}: ${result.reject.errorCode ?? 'no code'}: ${result.reject.message}`);
}

/** The Candid value of a reply of the manager. */
export function replyValue<T>(names: Names, name: string, result: CallResult): T {
  return IDL.decode(method(MANAGER, names.manager, name).types.retTypes, replyOf(result, name))[0] as T;
}

interface Told {
  readonly run_id?: bigint;
  readonly running?: boolean;
  readonly snapshot_id?: Uint8Array;
  readonly snapshot?: { readonly snapshot_id: Uint8Array };
}

/** What the manager answered to an update, as far as checkers look at it. */
export function answered(names: Names, name: string, result: CallResult): Answered {
  if (result.kind === 'reject') {
    return { kind: 'reject', text: `${result.reject.errorCode ?? 'no code'}: ${result.reject.message}` };
  }
  const value = replyValue<{ readonly Ok: Told | null } | { readonly Err: CandidError | ProxyError }>(
    names,
    name,
    result,
  );
  if ('Err' in value) return refusalOf(value.Err);
  if (value.Ok === null || typeof value.Ok !== 'object') return { kind: 'ok' };
  const { run_id, running, snapshot_id = value.Ok.snapshot?.snapshot_id } = value.Ok;
  return {
    kind: 'ok',
    ...(run_id !== undefined && { runId: run_id }),
    ...(running !== undefined && { running }),
    ...(snapshot_id !== undefined && { snapshot: hex(snapshot_id) }),
  };
}

/** `proxy` is refused in words of icp-cli's, which begin with the code. */
type ProxyError = { readonly CallFailed: { readonly reason: string } } | { readonly UnauthorizedUser: null };

function refusalIn(reason: string): Answered {
  const [, run] = /\brun (\d+)\b/i.exec(reason) ?? [];
  return { kind: 'err', code: reason.split(':')[0] ?? '', ...(run !== undefined && { runId: BigInt(run) }) };
}

function refusalOf(error: CandidError | ProxyError): Answered {
  if ('UnauthorizedUser' in error) return { kind: 'err', code: 'caller_not_allowed' };
  if ('CallFailed' in error) return refusalIn(error.CallFailed.reason);
  const { code, context } = error;
  const run = context.find(([key]) => key === 'run_id' || key === 'run')?.[1];
  return { kind: 'err', code, ...(run !== undefined && { runId: BigInt(run) }) };
}

export function hex(bytes: Uint8Array | readonly number[]): string {
  return Buffer.from(Uint8Array.from(bytes)).toString('hex');
}

/** A canister of the developer's. */
export function deploy(ic: LocalIc, developer: PrincipalText, module: Uint8Array): PrincipalText {
  const amount = { amount: [AMPLE_CYCLES], settings: [] };
  const creation = about('provisional_create_canister_with_cycles', amount, developer);
  const effectiveCanisterId = ic.defaultEffectiveCanisterId();
  const reply = replyOf(ic.call({ ...creation, effectiveCanisterId }), 'create');
  const { canister_id } = IDL.decode([IDL.Record({ canister_id: IDL.Principal })], reply)[0] as unknown as {
    canister_id: Principal;
  };
  const install = { mode: { install: null }, canister_id, wasm_module: module, arg: NO_ARGUMENTS };
  replyOf(ic.call(about('install_code', install, developer)), 'install_code');
  return canister_id.toText() as PrincipalText;
}

/** Deploys manager, chat and worker, and makes the manager one of the controllers of the two. */
export function deployNetwork(modules: Modules): { readonly ic: LocalIc; readonly names: Names } {
  const ic = createLocalIc({ time: START_NANOS, rateLimits: true });
  const developer = user(1);
  const [manager, chat, worker] = [modules.manager, modules.chat, modules.worker].map((module) =>
    deploy(ic, developer, module),
  ) as [PrincipalText, PrincipalText, PrincipalText];
  const names: Names = { manager, chat, worker, developer, stranger: user(2), friend: user(3) };
  for (const target of [chat, worker]) {
    replyOf(ic.call(controllersRequest(names, target, [developer, manager])), 'update_settings');
  }
  return { ic, names };
}

/** Nanoseconds between two backups by the timer, by the policy that a target has first. */
export function intervalOf(names: Names, canister: string): bigint {
  return (canister === names.worker ? 100n * 86_400n : INTERVAL_SECONDS) * SECOND;
}

/** The policy of a target. The worker's is so long that nothing happens unless somebody asks. */
export function policyOf(names: Names, canister: string, more: Partial<CandidPolicy> = {}): Record<string, unknown> {
  const seconds = canister === names.chat ? INTERVAL_SECONDS : 100n * 86_400n;
  return {
    ...policyArg({
      schedule: { every_seconds: seconds },
      keep: canister === names.chat ? KEEP : 1,
      mode: { stop: null },
      immediate: [false],
      ...more,
    }),
  };
}

/** A method of the chat without arguments, for a policy. */
export const DUMP = { method: 'dump', arg: NO_ARGUMENTS };
