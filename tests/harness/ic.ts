/**
 * One Internet Computer as the suite sees it: a thin layer over `PocketIc` that speaks raw bytes to canisters and Candid to
 * the management canister. Everything here goes through the unmodified client.
 */
import type { PocketIc } from '@dfinity/pic';
import { Principal } from '@icp-sdk/core/principal';
import {
  type Argument,
  decodeResult,
  encodeArgument,
  MANAGEMENT,
  type Method,
  type Result,
  type SnapshotInfo,
  type Status,
  tagOf,
} from './management.ts';
import { rejectOf } from './rejects.ts';

type CreateOptions = NonNullable<Parameters<PocketIc['createCanister']>[0]>;
type UpgradeOptions = NonNullable<Parameters<PocketIc['upgradeCanister']>[0]['upgradeModeOptions']>;
type Idl = Parameters<Parameters<PocketIc['createDeferredActor']>[0]>[0]['IDL'];

export type Bytes = Uint8Array;

/** A user that controls nothing unless a test says so. */
export const STRANGER = Principal.selfAuthenticating(Uint8Array.of(1));

/** A canister's running status, as anybody can learn it without a round: by a query call. */
export type Running = 'running' | 'stopping' | 'stopped';

export interface Ic {
  readonly pic: PocketIc;
  /** Creates a canister, controlled by the anonymous user unless `controllers` are named, and installs a module. */
  deploy(module: Bytes, options?: CreateOptions & { arg?: Bytes }): Promise<Principal>;
  install(canisterId: Principal, module: Bytes, arg?: Bytes): Promise<void>;
  reinstall(canisterId: Principal, module: Bytes, arg?: Bytes): Promise<void>;
  upgrade(canisterId: Principal, module: Bytes, options?: { arg?: Bytes; mode?: UpgradeOptions }): Promise<void>;
  /** An update call and its raw answer. */
  call(canisterId: Principal, method: string, arg?: Bytes, sender?: Principal): Promise<Bytes>;
  /** A query call and its raw answer. Takes no round. */
  query(canisterId: Principal, method: string, arg?: Bytes, sender?: Principal): Promise<Bytes>;
  /** Sends a management call, but runs no round: its answer comes with `ticks` and is fetched by calling the result. */
  submitManage(method: 'stop_canister' | 'start_canister', canisterId: Principal): Promise<() => Promise<unknown>>;
  /** A call of the management canister by a user. */
  manage<M extends Method>(method: M, argument: Argument<M>, sender?: Principal): Promise<Result<M>>;
  /** Runs rounds. */
  ticks(count: number): Promise<void>;
  /** Moves the clock; nothing happens before the next round. */
  advance(milliseconds: number): Promise<void>;
  status(canisterId: Principal, sender?: Principal): Promise<Status>;
  /** The running status by a query of method `read`, which takes no round and every canister of the suite has. */
  running(canisterId: Principal): Promise<Running>;
  take(canisterId: Principal, options?: { replace?: Bytes; uninstall?: boolean }): Promise<SnapshotInfo>;
  load(canisterId: Principal, snapshotId: Bytes): Promise<void>;
  snapshots(canisterId: Principal): Promise<SnapshotInfo[]>;
}

/** See `Ic`. */
export function icOf(pic: PocketIc): Ic {
  return { pic, ...code(pic), ...calls(pic), ...rounds(pic), ...snapshots(pic) };
}

function code(pic: PocketIc): Pick<Ic, 'deploy' | 'install' | 'reinstall' | 'upgrade'> {
  const noArg = new Uint8Array();
  const install = async (canisterId: Principal, wasm: Bytes, arg: Bytes = noArg) => {
    const sender = (await pic.getControllers(canisterId))[0] ?? Principal.anonymous();
    await pic.installCode({ canisterId, wasm, arg, sender });
  };
  return {
    install,
    deploy: async (module, { arg = noArg, ...options } = {}) => {
      const canisterId = await pic.createCanister(options);
      await install(canisterId, module, arg);
      return canisterId;
    },
    reinstall: (canisterId, wasm, arg = noArg) => pic.reinstallCode({ canisterId, wasm, arg }),
    upgrade: (canisterId, wasm, { arg = noArg, mode } = {}) =>
      pic.upgradeCanister({ canisterId, wasm, arg, ...(mode === undefined ? {} : { upgradeModeOptions: mode }) }),
  };
}

function calls(pic: PocketIc): Pick<Ic, 'call' | 'query' | 'submitManage' | 'manage'> {
  return {
    call: (canisterId, method, arg = new Uint8Array(), sender = Principal.anonymous()) =>
      pic.updateCall({ canisterId, method, arg, sender }),
    query: (canisterId, method, arg = new Uint8Array(), sender = Principal.anonymous()) =>
      pic.queryCall({ canisterId, method, arg, sender }),
    submitManage: (method, canisterId) => {
      const send = deferred(pic, MANAGEMENT, method, ({ Func, Record, Principal: id }) =>
        Func([Record({ canister_id: id })], [], []),
      );
      return send({ canister_id: canisterId });
    },
    manage: async (method, argument, sender = Principal.anonymous()) => {
      const arg = encodeArgument(method, argument);
      return decodeResult(method, await pic.updateCall({ canisterId: MANAGEMENT, method, arg, sender }));
    },
  };
}

type Deferred = (...args: unknown[]) => Promise<() => Promise<unknown>>;

/** The client's own way to send without awaiting: a method of a deferred actor. */
function deferred(
  pic: PocketIc,
  canisterId: Principal,
  method: string,
  typeOf: (types: Idl) => ReturnType<Idl['Func']>,
): Deferred {
  const actor = pic.createDeferredActor<Record<string, (...args: unknown[]) => Promise<unknown>>>(
    ({ IDL }) => IDL.Service({ [method]: typeOf(IDL) }),
    canisterId,
  );
  const send = actor[method];
  if (send === undefined) throw new Error(`The client made no method ${method}.`);
  return send;
}

function rounds(pic: PocketIc): Pick<Ic, 'ticks' | 'advance' | 'status' | 'running'> {
  const { manage, query } = calls(pic);
  return {
    ticks: (count) => pic.tick(count),
    advance: (milliseconds) => pic.advanceTime(milliseconds),
    status: (canisterId, sender) => manage('canister_status', { canister_id: canisterId }, sender),
    running: async (canisterId) => {
      const refused = await query(canisterId, 'read').then(
        () => null,
        (error: unknown) => rejectOf(Promise.reject(error)),
      );
      if (refused === null) return 'running';
      if (refused.errorCode === 'IC0509') return 'stopping';
      if (refused.errorCode === 'IC0508') return 'stopped';
      throw new Error(`The query was refused for another reason: ${refused.errorCode} ${refused.message}`);
    },
  };
}

function snapshots(pic: PocketIc): Pick<Ic, 'take' | 'load' | 'snapshots'> {
  const { manage } = calls(pic);
  return {
    take: (canisterId, { replace, uninstall } = {}) =>
      manage('take_canister_snapshot', {
        canister_id: canisterId,
        replace_snapshot: replace === undefined ? [] : [replace],
        uninstall_code: uninstall === undefined ? [] : [uninstall],
      }),
    load: (canisterId, snapshotId) =>
      manage('load_canister_snapshot', { canister_id: canisterId, snapshot_id: snapshotId }),
    snapshots: (canisterId) => manage('list_canister_snapshots', { canister_id: canisterId }),
  };
}

/** `running`, `stopping` or `stopped` in an answer of `canister_status`. */
export function statusOf({ status }: Status): string {
  return tagOf(status);
}
