/** The real modules, the management canister's types, and a target that behaves as it is told. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { IDL } from '@dfinity/candid';
import wabt from 'wabt';

const require = createRequire(import.meta.url);

export interface Modules {
  readonly manager: Uint8Array;
  readonly chat: Uint8Array;
  /** `canisters/worker.wat`. */
  readonly worker: Uint8Array;
}

/** @param manager another build of the manager, for the known bugs */
export async function readModules(manager?: Uint8Array): Promise<Modules> {
  const read = (name: string) => new Uint8Array(readFileSync(require.resolve(name)));
  return {
    manager: manager ?? read('@canister-backup/backup-manager/wasm.gz'),
    chat: read('@canister-backup/chat/wasm.gz'),
    worker: await assemble(),
  };
}

async function assemble(): Promise<Uint8Array> {
  const { parseWat } = await wabt();
  const source = readFileSync(new URL('../canisters/worker.wat', import.meta.url), 'utf8');
  return new Uint8Array(parseWat('worker.wat', source, { bulk_memory: true }).toBinary({}).buffer);
}

const About = IDL.Record({ canister_id: IDL.Principal });
const AboutSnapshot = IDL.Record({ canister_id: IDL.Principal, snapshot_id: IDL.Vec(IDL.Nat8) });
const Settings = IDL.Record({ controllers: IDL.Opt(IDL.Vec(IDL.Principal)) });
const Mode = IDL.Variant({
  install: IDL.Null,
  reinstall: IDL.Null,
  upgrade: IDL.Opt(IDL.Record({ skip_pre_upgrade: IDL.Opt(IDL.Bool) })),
});

/** What people call on aaaaa-aa here. */
export const MANAGEMENT = IDL.Service({
  provisional_create_canister_with_cycles: IDL.Func(
    [IDL.Record({ amount: IDL.Opt(IDL.Nat), settings: IDL.Opt(Settings) })],
    [About],
    [],
  ),
  install_code: IDL.Func(
    [
      IDL.Record({
        mode: Mode,
        canister_id: IDL.Principal,
        wasm_module: IDL.Vec(IDL.Nat8),
        arg: IDL.Vec(IDL.Nat8),
      }),
    ],
    [],
    [],
  ),
  uninstall_code: IDL.Func([About], [], []),
  update_settings: IDL.Func([IDL.Record({ canister_id: IDL.Principal, settings: Settings })], [], []),
  start_canister: IDL.Func([About], [], []),
  stop_canister: IDL.Func([About], [], []),
  delete_canister: IDL.Func([About], [], []),
  take_canister_snapshot: IDL.Func([About], [IDL.Record({ id: IDL.Vec(IDL.Nat8) })], []),
  load_canister_snapshot: IDL.Func([AboutSnapshot], [], []),
  delete_canister_snapshot: IDL.Func([AboutSnapshot], [], []),
});

export const WORKER_SERVICE = IDL.Service({ hang: IDL.Func([], [], []), hang_100: IDL.Func([], [], []) });

/** The canister, and the snapshot in hexadecimal, that a management call is about; null if it is about none. */
export function subjectOf(
  method: string,
  payload: Uint8Array,
): { readonly canister: string; readonly snapshot?: string } | null {
  const type = method === 'load_canister_snapshot' || method === 'delete_canister_snapshot' ? AboutSnapshot : About;
  if (method === 'raw_rand' || method.startsWith('provisional_')) return null;
  const [value] = IDL.decode([type], payload) as unknown as [
    { canister_id: { toText(): string }; snapshot_id?: Uint8Array },
  ];
  const canister = value.canister_id.toText();
  return value.snapshot_id === undefined
    ? { canister }
    : { canister, snapshot: Buffer.from(value.snapshot_id).toString('hex') };
}
