/**
 * A manager and targets on an IC in process, for the tests of the manager. A world is deployed once and forked for each
 * test; faults come from the fork's interceptor.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  answerSchemas,
  type BackupManagerService,
  backupManagerIdlFactory,
  type CandidPolicy,
  type CandidResult,
  type CandidRun,
  type CandidSnapshot,
  chatIdlFactory,
  policyArg,
} from '@canister-backup/shared';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import {
  type CallResult,
  createLocalIc,
  type Interceptor,
  type LocalIc,
  type ManagementEvent,
  type PrincipalText,
} from 'local-ic';

const require = createRequire(import.meta.url);
const module = (name: string) => new Uint8Array(readFileSync(require.resolve(name)));
export const managerModule = () => module('@canister-backup/backup-manager/wasm.gz');
const chatModule = () => module('@canister-backup/chat/wasm.gz');

export const SECOND = 1_000_000_000n;
export const HOUR = 3600n * SECOND;
export const DEVELOPER = user(1);
export const STRANGER = user(2);
export const MANAGEMENT = 'aaaaa-aa' as PrincipalText;
export const EMPTY_ARGUMENTS = new Uint8Array(IDL.encode([], []));

/** The first backup an interval after `register`, so that tests say themselves when there is one. */
export const HOURLY: CandidPolicy = policyArg({
  schedule: { every_seconds: 3600n },
  keep: 8,
  mode: { stop: null },
  immediate: [false],
});

const MANAGER = backupManagerIdlFactory<IDL.ServiceClass>({ IDL });
const CHAT = chatIdlFactory<IDL.ServiceClass>({ IDL });

const canisterArg = IDL.Record({ canister_id: IDL.Principal });
const snapshotArg = IDL.Record({ canister_id: IDL.Principal, snapshot_id: IDL.Vec(IDL.Nat8) });
const snapshot = IDL.Record({ id: IDL.Vec(IDL.Nat8), taken_at_timestamp: IDL.Nat64, total_size: IDL.Nat64 });
const settings = IDL.Record({ controllers: IDL.Opt(IDL.Vec(IDL.Principal)) });
const mode = IDL.Variant({
  install: IDL.Null,
  reinstall: IDL.Null,
  upgrade: IDL.Opt(IDL.Record({ skip_pre_upgrade: IDL.Opt(IDL.Bool) })),
});
const METHODS: Record<string, readonly [argument: IDL.Type, result?: IDL.Type]> = {
  provisional_create_canister_with_cycles: [
    IDL.Record({ amount: IDL.Opt(IDL.Nat), settings: IDL.Opt(settings) }),
    canisterArg,
  ],
  install_code: [
    IDL.Record({ mode, canister_id: IDL.Principal, wasm_module: IDL.Vec(IDL.Nat8), arg: IDL.Vec(IDL.Nat8) }),
  ],
  update_settings: [IDL.Record({ canister_id: IDL.Principal, settings })],
  start_canister: [canisterArg],
  stop_canister: [canisterArg],
  delete_canister: [canisterArg],
  canister_status: [canisterArg, IDL.Record({ idle_cycles_burned_per_day: IDL.Nat })],
  uninstall_code: [canisterArg],
  take_canister_snapshot: [canisterArg, snapshot],
  load_canister_snapshot: [snapshotArg],
  delete_canister_snapshot: [snapshotArg],
  list_canister_snapshots: [canisterArg, IDL.Vec(snapshot)],
};

type Service = BackupManagerService<Principal>;
type Args<Name extends keyof Service> = Parameters<Service[Name]>;
type Reply<Name extends keyof Service> = Awaited<ReturnType<Service[Name]>>;

export interface Names {
  readonly manager: PrincipalText;
  readonly chats: readonly PrincipalText[];
}

function user(number: number): PrincipalText {
  return Principal.fromUint8Array(Uint8Array.of(...new Array<number>(28).fill(number), 2)).toText() as PrincipalText;
}

export class World {
  readonly ic: LocalIc;
  readonly names: Names;
  /** What was called on the management canister, and by whom. */
  readonly managementCalls: ManagementEvent[];
  /** When a backup by hand was last asked for. */
  private readonly backedUp = new Map<PrincipalText, bigint>();

  constructor(ic: LocalIc, names: Names, managementCalls: ManagementEvent[] = []) {
    this.ic = ic;
    this.names = names;
    this.managementCalls = managementCalls;
  }

  get chat(): PrincipalText {
    return this.names.chats[0]!;
  }

  /** The same world in an IC of its own, with faults. */
  fork(faults: Interceptor = {}): World {
    const calls: ManagementEvent[] = [];
    const management = (event: ManagementEvent) => {
      calls.push(event);
      return faults.management?.(event);
    };
    return new World(this.ic.fork({ interceptor: { ...faults, management } }), this.names, calls);
  }

  // The manager

  ask<Name extends keyof Service & string>(
    name: Name,
    args: Args<Name>,
    sender: PrincipalText = DEVELOPER,
  ): Reply<Name> {
    const { argTypes, retTypes, annotations } = typeOf(MANAGER, name);
    const request = {
      sender,
      canisterId: this.names.manager,
      method: name,
      payload: new Uint8Array(IDL.encode(argTypes, [...args])),
    };
    const result = annotations.includes('query') ? this.ic.query(request) : this.ic.call(request);
    return atTheDoor<Reply<Name>>(result) ?? answer(name, retTypes, replyOf(result, name));
  }

  /** Sends an update to the manager and runs no round; what is returned runs rounds until it is answered. */
  submit<Name extends keyof Service & string>(name: Name, args: Args<Name>): () => Reply<Name> {
    const { argTypes, retTypes } = typeOf(MANAGER, name);
    const payload = new Uint8Array(IDL.encode(argTypes, [...args]));
    const submitted = this.ic.submit({ sender: DEVELOPER, canisterId: this.names.manager, method: name, payload });
    if (submitted.kind === 'refused') throw new Error(submitted.reject.message);
    return () => answer(name, retTypes, replyOf(this.ic.awaitIngress(submitted.messageId), name));
  }

  /** Sends an update to the manager, runs no round, and does not care for the answer. */
  send<Name extends keyof Service & string>(name: Name, args: Args<Name>, sender = DEVELOPER): void {
    const payload = new Uint8Array(IDL.encode(typeOf(MANAGER, name).argTypes, [...args]));
    this.ic.submit({ sender, canisterId: this.names.manager, method: name, payload });
  }

  /** Sends an upgrade of the manager, runs no round, and does not care for the answer. */
  sendUpgrade(): void {
    const effectiveCanisterId = this.names.manager;
    const payload = new Uint8Array(IDL.encode([METHODS.install_code![0]], [this.upgradeArgument([])]));
    this.ic.submit({ sender: DEVELOPER, canisterId: MANAGEMENT, method: 'install_code', payload, effectiveCanisterId });
  }

  register(canister = this.chat, policy: CandidPolicy = HOURLY): void {
    taken(this.ask('register', [{ canister: Principal.fromText(canister), policy: [policy] }]));
  }

  /** A backup by hand, a minute after the last one of the same target. */
  backup(canister = this.chat): CandidSnapshot<Principal> {
    const next = (this.backedUp.get(canister) ?? 0n) + 60n * SECOND;
    if (next > this.ic.time()) this.ic.setTime(next);
    const answer = this.ask('backup', [Principal.fromText(canister)]);
    this.backedUp.set(canister, this.ic.time());
    return taken(answer).snapshot;
  }

  runs(): CandidRun<Principal>[] {
    return taken(this.ask('runs', [[]])).items;
  }

  // The chat

  append(message: string): void {
    replyOf(this.call(this.chat, 'append', new Uint8Array(IDL.encode([IDL.Text], [message]))), 'append');
  }

  dump(): string[] {
    const request = { sender: DEVELOPER, canisterId: this.chat, method: 'dump', payload: EMPTY_ARGUMENTS };
    return IDL.decode(typeOf(CHAT, 'dump').retTypes, replyOf(this.ic.query(request), 'dump'))[0] as unknown as string[];
  }

  call(canisterId: PrincipalText, method: string, payload = EMPTY_ARGUMENTS): CallResult {
    return this.ic.call({ sender: DEVELOPER, canisterId, method, payload });
  }

  // The IC

  status(canister = this.chat) {
    return this.ic.canister(canister)!.status;
  }

  snapshots(canister = this.chat): string[] {
    return this.ic.canister(canister)!.snapshots.map(({ id }) => Buffer.from(id).toString('hex'));
  }

  /** A management call of the developer; throws what it is refused with. */
  manage(method: string, argument: Record<string, unknown>): unknown {
    const [type, result] = METHODS[method]!;
    const named = argument.canister_id as Principal | undefined;
    const effectiveCanisterId = (named?.toText() as PrincipalText | undefined) ?? this.ic.defaultEffectiveCanisterId();
    const payload = new Uint8Array(IDL.encode([type], [argument]));
    const answer = this.ic.call({ sender: DEVELOPER, canisterId: MANAGEMENT, method, payload, effectiveCanisterId });
    const bytes = replyOf(answer, method);
    return result === undefined ? undefined : IDL.decode([result], bytes)[0];
  }

  about(method: string, canister: PrincipalText): unknown {
    return this.manage(method, { canister_id: Principal.fromText(canister) });
  }

  create(wasmModule: Uint8Array, { arg = EMPTY_ARGUMENTS, amount = 100_000_000_000_000n } = {}): PrincipalText {
    const { canister_id } = this.manage('provisional_create_canister_with_cycles', {
      amount: [amount],
      settings: [],
    }) as {
      canister_id: Principal;
    };
    this.manage('install_code', {
      mode: { install: null },
      canister_id,
      wasm_module: wasmModule,
      arg,
    });
    return canister_id.toText() as PrincipalText;
  }

  setControllers(canister: PrincipalText, controllers: readonly PrincipalText[]): void {
    const list = controllers.map((text) => Principal.fromText(text));
    this.manage('update_settings', { canister_id: Principal.fromText(canister), settings: { controllers: [list] } });
  }

  upgradeManager(options: { readonly skipPreUpgrade?: boolean } = {}): void {
    this.manage(
      'install_code',
      this.upgradeArgument(options.skipPreUpgrade === true ? [{ skip_pre_upgrade: [true] }] : []),
    );
  }

  /** Installs the manager anew: it forgets everything. */
  reinstallManager(): void {
    this.manage('install_code', { ...this.upgradeArgument([]), mode: { reinstall: null } });
  }

  private upgradeArgument(upgrade: [] | [{ skip_pre_upgrade: [boolean] }]): Record<string, unknown> {
    const canister_id = Principal.fromText(this.names.manager);
    return { mode: { upgrade }, canister_id, wasm_module: managerModule(), arg: EMPTY_ARGUMENTS };
  }

  /** Runs rounds until nobody has anything to do. */
  settle(): void {
    for (let round = 0; round < 100; round += 1) {
      const { executions } = this.ic.tick();
      if (executions === 0 && this.idle()) return;
    }
    throw new Error('the canisters are still busy after 100 rounds');
  }

  /** Lets time pass, timer by timer, as a network that runs all the while. */
  pass(nanos: bigint): void {
    const end = this.ic.time() + nanos;
    for (let next = this.nextTimer(end); next !== undefined; next = this.nextTimer(end)) {
      if (next > this.ic.time()) this.ic.setTime(next);
      this.settle();
    }
    if (end > this.ic.time()) this.ic.setTime(end);
    this.settle();
  }

  private views() {
    return this.ic.canisterIds().map((id) => this.ic.canister(id)!);
  }

  private idle(): boolean {
    return this.views().every(
      (view) =>
        view.openCallContexts === 0 && view.outstandingCallbacks === 0 && view.status !== 'stopping' && !this.due(view),
    );
  }

  private due({ status, globalTimer }: { status: string; globalTimer: bigint }): boolean {
    return status === 'running' && globalTimer > 0n && globalTimer <= this.ic.time();
  }

  private nextTimer(end: bigint): bigint | undefined {
    const timers = this.views().flatMap(({ status, globalTimer }) =>
      status === 'running' && globalTimer > 0n && globalTimer <= end ? [globalTimer] : [],
    );
    return timers.sort((a, b) => Number(a - b))[0];
  }
}

const worlds = new Map<number, World>();

/** A manager that controls `chats` chats, none registered. Deployed once, and forked for each file of the same worker. */
export function deploy(chats: number): World {
  const known = worlds.get(chats) ?? deployAnew(chats);
  worlds.set(chats, known);
  return new World(known.ic.fork(), known.names);
}

function deployAnew(chats: number): World {
  const world = new World(createLocalIc({ time: 1_767_258_000n * SECOND, rateLimits: true }), {
    manager: MANAGEMENT,
    chats: [],
  });
  const manager = world.create(managerModule());
  const names = Array.from({ length: chats }, () => world.create(chatModule()));
  for (const chat of names) world.setControllers(chat, [DEVELOPER, manager]);
  const deployed = new World(world.ic, { manager, chats: names });
  deployed.settle();
  return deployed;
}

/** The value of an `Ok`; throws the message of an `Err`. */
export function taken<T>(result: CandidResult<T>): T {
  if ('Ok' in result) return result.Ok;
  throw new Error(`${result.Err.code}: ${result.Err.message}`);
}

/** The error of an `Err`; throws if it is `Ok`. */
export function refused<T>(result: CandidResult<T>): { code: string; message: string; context: [string, string][] } {
  if ('Err' in result) return result.Err;
  throw new Error('it was not refused');
}

export function replyOf(result: CallResult, method: string): Uint8Array {
  if (result.kind === 'reply') return new Uint8Array(result.data);
  const { errorCode, message } = result.reject;
  throw new Error(`${method}: ${errorCode ?? 'no code'}: ${message}`);
}

/** The refusal of an update whose caller has no role: the manager's `inspect_message` gives it, before it is a message. */
function atTheDoor<Answer>(result: CallResult): Answer | undefined {
  if (result.kind === 'reply' || result.certified) return undefined;
  const [, code, message] = /'(caller_not_allowed): (.*)'\./s.exec(result.reject.message) ?? [];
  return code === undefined ? undefined : ({ Err: { code, message, context: [] } } as Answer);
}

/** What the manager answered, held to the schema of the method. */
function answer<Name extends keyof Service & string>(name: Name, types: IDL.Type[], bytes: Uint8Array): Reply<Name> {
  const [value] = IDL.decode(types, bytes);
  const checked = answerSchemas[name].safeParse(value);
  if (!checked.success) throw new Error(`the answer to ${name} does not fit: ${JSON.stringify(checked.error.issues)}`);
  return value as unknown as Reply<Name>;
}

function typeOf(service: IDL.ServiceClass, name: string): IDL.FuncClass {
  const type = service._fields.find(([field]) => field === name)?.[1];
  if (!(type instanceof IDL.FuncClass)) throw new Error(`there is no method ${name}`);
  return type;
}
