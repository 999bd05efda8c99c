/** Carries out the commands of `docs/mainnet.md` on an IC in process, as dfx and icp do on the real one. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '@canister-backup/policies/run';
import { exportState, importState } from '@canister-backup/policies/transfer';
import { type BackupManagerService, backupManagerIdlFactory } from '@canister-backup/shared';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { LocalIc, PrincipalText } from 'local-ic';
import { parseArguments } from './candid-text.ts';
import {
  type AboutCanister,
  nameOf,
  type Operation,
  operationOf,
  type Section,
  sectionsOf,
  TEXT,
} from './mainnet-doc.ts';
import { DEVELOPER, EMPTY_ARGUMENTS, MANAGEMENT, replyOf } from './manager-world.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MANAGER = backupManagerIdlFactory<IDL.ServiceClass>({ IDL });
type Service = BackupManagerService<Principal>;

const SECTIONS = sectionsOf(TEXT);

const about = IDL.Record({ canister_id: IDL.Principal });
const aboutSnapshot = IDL.Record({ canister_id: IDL.Principal, snapshot_id: IDL.Vec(IDL.Nat8) });
const snapshot = IDL.Record({ id: IDL.Vec(IDL.Nat8), taken_at_timestamp: IDL.Nat64, total_size: IDL.Nat64 });
const settings = IDL.Record({
  controllers: IDL.Opt(IDL.Vec(IDL.Principal)),
  freezing_threshold: IDL.Opt(IDL.Nat),
});
const chunkHash = IDL.Record({ hash: IDL.Vec(IDL.Nat8) });
const install = IDL.Record({
  mode: IDL.Variant({ install: IDL.Null, upgrade: IDL.Opt(IDL.Record({ skip_pre_upgrade: IDL.Opt(IDL.Bool) })) }),
  target_canister: IDL.Principal,
  store_canister: IDL.Opt(IDL.Principal),
  chunk_hashes_list: IDL.Vec(chunkHash),
  wasm_module_hash: IDL.Vec(IDL.Nat8),
  arg: IDL.Vec(IDL.Nat8),
});
/** Bytes of a chunk. */
const CHUNK = 1_048_576;
const METHODS: Readonly<Record<string, readonly [argument: IDL.Type, result?: IDL.Type]>> = {
  provisional_create_canister_with_cycles: [
    IDL.Record({ amount: IDL.Opt(IDL.Nat), settings: IDL.Opt(settings) }),
    about,
  ],
  clear_chunk_store: [about],
  upload_chunk: [IDL.Record({ canister_id: IDL.Principal, chunk: IDL.Vec(IDL.Nat8) }), chunkHash],
  install_chunked_code: [install],
  update_settings: [IDL.Record({ canister_id: IDL.Principal, settings })],
  start_canister: [about],
  stop_canister: [about],
  delete_canister: [about],
  take_canister_snapshot: [about, snapshot],
  list_canister_snapshots: [about, IDL.Vec(snapshot)],
  load_canister_snapshot: [aboutSnapshot],
  delete_canister_snapshot: [aboutSnapshot],
};

/** What stands in angle brackets in the document. `snapshot` may be several, in hexadecimal. */
export interface Placeholders {
  manager?: string;
  target?: string;
  snapshot?: readonly string[];
  /** One of those, which is known to be good. */
  good?: string;
  'new-owner'?: string;
  'old-owner'?: string;
}

export class Operator {
  readonly ic: LocalIc;
  sender: PrincipalText = DEVELOPER;
  readonly names: Placeholders;
  /** What is in `canisters.txt`. */
  canisters: readonly string[] = [];
  /** What `npm run policies` said last. */
  said = '';
  private readonly folder = mkdtempSync(join(tmpdir(), 'mainnet-'));

  constructor(ic: LocalIc, names: Placeholders = {}) {
    this.ic = ic;
    this.names = names;
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true });
  }

  get manager(): PrincipalText {
    return this.idOf('backup-manager');
  }

  /** The commands of a section, one `next()` at a time. */
  walk(title: string): Walk {
    const section = SECTIONS.find((one) => one.title === title);
    if (section === undefined) throw new Error(`docs/mainnet.md has no section ${title}`);
    return new Walk(this, section);
  }

  writePolicies(file: unknown): void {
    writeFileSync(join(this.folder, 'policies.json'), JSON.stringify(file));
  }

  async do(operation: Operation): Promise<unknown> {
    switch (operation.does) {
      case 'build':
        return undefined;
      case 'hash':
        return createHash('sha256').update(this.read(operation.file)).digest('hex');
      case 'policies':
        return await this.policies(operation.command);
      case 'transfer':
        return await this.transfer(operation);
      case 'deploy':
        return this.deploy(operation.cycles);
      case 'call':
        return this.call(operation);
      case 'info':
        return this.ic.canister(this.idOf(operation.canister));
      case 'top-up':
        return this.ic.addCycles(this.idOf(operation.canister), operation.cycles);
      case 'for each': {
        for (const id of this.canisters) await this.do(operationOf(operation.line.replaceAll('$id', id)));
        return undefined;
      }
      case 'settings':
        return this.settings(operation);
      case 'install':
        return this.install(operation.canister, operation.mode, operation.wasm);
      default:
        return this.aboutCanister(operation);
    }
  }

  private call({ canister, method, args }: Extract<Operation, { does: 'call' }>): unknown {
    const typed = parseArguments(args, typeOf(method).argTypes);
    return this.ask(method as 'status', typed as [], { canister });
  }

  private aboutCanister({ does, canister, snapshot }: AboutCanister): unknown {
    const id = snapshot === undefined ? {} : { snapshot_id: Buffer.from(snapshot, 'hex') };
    return this.manage(SIMPLE[does], { canister_id: this.principal(canister), ...id });
  }

  private deploy(cycles: bigint): unknown {
    const created = this.manage('provisional_create_canister_with_cycles', { amount: [cycles], settings: [] });
    this.names.manager = (created as { canister_id: Principal }).canister_id.toText();
    const { canisters } = JSON.parse(readFileSync(join(ROOT, 'dfx.json'), 'utf8'));
    return this.install('backup-manager', 'install', canisters['backup-manager'].wasm);
  }

  /** In chunks, as both tools send what does not fit into one message. */
  private install(canister: string, mode: string, wasm: string): unknown {
    const canister_id = this.principal(canister);
    const module = this.read(wasm);
    const count = Math.ceil(module.length / CHUNK);
    const chunks = Array.from({ length: count }, (_, at) => module.subarray(at * CHUNK, (at + 1) * CHUNK));
    this.manage('clear_chunk_store', { canister_id });
    const chunk_hashes_list = chunks.map((chunk) => this.manage('upload_chunk', { canister_id, chunk }));
    this.manage('install_chunked_code', {
      mode: mode === 'install' ? { install: null } : { upgrade: [] },
      target_canister: canister_id,
      store_canister: [],
      chunk_hashes_list,
      wasm_module_hash: createHash('sha256').update(module).digest(),
      arg: EMPTY_ARGUMENTS,
    });
    return this.manage('clear_chunk_store', { canister_id });
  }

  /** Both tools read the list of controllers, change it, and write it back. */
  private settings({ canister, changes }: Extract<Operation, { does: 'settings' }>): unknown {
    const valuesOf = (name: string) => changes.filter(([option]) => option === name).map(([, value]) => value);
    const removed = valuesOf('--remove-controller');
    const before: readonly string[] = this.ic.canister(this.idOf(canister))?.controllers ?? [];
    const after = [...before.filter((id) => !removed.includes(id)), ...valuesOf('--add-controller')];
    const [threshold] = valuesOf('--freezing-threshold');
    return this.manage('update_settings', {
      canister_id: this.principal(canister),
      settings: {
        controllers: after.length === before.length ? [] : [after.map((id) => Principal.fromText(id))],
        freezing_threshold: threshold === undefined ? [] : [BigInt(threshold)],
      },
    });
  }

  private async policies(command: 'plan' | 'apply' | 'check'): Promise<number> {
    const options = { network: 'ic', file: join(this.folder, 'policies.json'), yes: true };
    return await run(command, options, this.terminal());
  }

  private async transfer({ command, file }: Extract<Operation, { does: 'transfer' }>): Promise<number> {
    const options = { network: 'ic', path: join(this.folder, file), yes: true };
    return await (command === 'export' ? exportState : importState)(options, this.terminal());
  }

  private terminal() {
    this.said = '';
    const out = (line: string) => {
      this.said += `${line}\n`;
    };
    const door = {
      manager: this.service(),
      id: this.manager,
      network: 'ic',
      asker: { name: 'operator', principal: this.sender },
      controllersOf: async (canister: string) => this.ic.canister(canister as PrincipalText)?.controllers,
    };
    const paint = (_: unknown, text: string) => text;
    return { out, note: () => {}, paint, folder: this.folder, open: async () => door };
  }

  private service(): Service {
    const call =
      (method: string) =>
      (...args: unknown[]) =>
        Promise.resolve(this.ask(method as 'status', args as []));
    return new Proxy({}, { get: (_, method) => call(String(method)) }) as Service;
  }

  /** What the manager answers. */
  ask<Name extends keyof Service & string>(
    method: Name,
    args: Parameters<Service[Name]>,
    { canister = 'backup-manager' } = {},
  ): Awaited<ReturnType<Service[Name]>> {
    const { argTypes, retTypes } = typeOf(method);
    const payload = new Uint8Array(IDL.encode(argTypes, [...args]));
    const answer = this.ic.call({ sender: this.sender, canisterId: this.idOf(canister), method, payload });
    return IDL.decode(retTypes, replyOf(answer, method))[0] as never;
  }

  private manage(method: string, argument: Record<string, unknown>): unknown {
    const [type, result] = METHODS[method]!;
    const canister = (argument.canister_id ?? argument.target_canister) as Principal | undefined;
    const effectiveCanisterId =
      (canister?.toText() as PrincipalText | undefined) ?? this.ic.defaultEffectiveCanisterId();
    const payload = new Uint8Array(IDL.encode([type], [argument]));
    const sent = { sender: this.sender, canisterId: MANAGEMENT, method, payload, effectiveCanisterId };
    const bytes = replyOf(this.ic.call(sent), method);
    return result === undefined ? undefined : IDL.decode([result], bytes)[0];
  }

  private idOf(canister: string): PrincipalText {
    return (canister === 'backup-manager' ? this.names.manager! : canister) as PrincipalText;
  }

  private principal(canister: string): Principal {
    return Principal.fromText(this.idOf(canister));
  }

  private read(path: string): Uint8Array {
    return new Uint8Array(readFileSync(join(ROOT, path)));
  }
}

const SIMPLE = {
  start: 'start_canister',
  stop: 'stop_canister',
  delete: 'delete_canister',
  'snapshot create': 'take_canister_snapshot',
  'snapshot list': 'list_canister_snapshots',
  'snapshot load': 'load_canister_snapshot',
  'snapshot delete': 'delete_canister_snapshot',
} as const;

/** A person who goes through a section from top to bottom. */
export class Walk {
  readonly json: unknown;
  private readonly operator: Operator;
  private readonly section: Section;
  private at = 0;

  constructor(operator: Operator, section: Section) {
    this.operator = operator;
    this.section = section;
    this.json = section.json === undefined ? undefined : JSON.parse(fill(section.json, operator.names));
  }

  /** Carries out the next command, which has to be this one, and gives what it answered. */
  async next<T>(does: string): Promise<T> {
    const line = fill(this.section.steps[this.at]?.lines[0] ?? '', this.operator.names);
    if (line === '' || nameOf(operationOf(line)) !== does) {
      throw new Error(`"${this.section.title}" goes on with ${line || 'nothing'}, and not with ${does}`);
    }
    this.at += 1;
    return (await this.operator.do(operationOf(line))) as T;
  }

  end(): void {
    const step = this.section.steps[this.at];
    if (step !== undefined) throw new Error(`"${this.section.title}" goes on with ${step.lines[0]}`);
  }
}

/** A line with what stands in angle brackets filled in; a blob, with all snapshots of that name. */
export function fill(line: string, names: Placeholders): string {
  return Object.entries(names).reduce((text, [name, meant]: [string, string | readonly string[]]) => {
    const all = typeof meant === 'string' ? [meant] : meant;
    const blobs = all.map((hex) => `blob "${hex.replace(/../g, (pair) => `\\${pair}`)}"`);
    return text.replaceAll(`blob "<${name}>"`, blobs.join('; ')).replaceAll(`<${name}>`, all[0] ?? '');
  }, line);
}

function typeOf(method: string): IDL.FuncClass {
  const type = MANAGER._fields.find(([field]) => field === method)?.[1];
  if (!(type instanceof IDL.FuncClass)) throw new Error(`the manager has no method ${method}`);
  return type;
}
