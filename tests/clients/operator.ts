/** Somebody who runs a manager: a key in a file as dfx keeps it, an agent with that key, and the command `policies`. */
import { execFile } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Command, type Options, run } from '@canister-backup/policies/run';
import { type BackupManagerService, backupManagerIdlFactory } from '@canister-backup/shared';
import { Actor, HttpAgent } from '@dfinity/agent';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import { Secp256k1KeyIdentity } from 'icp-sdk-core-6/identity/secp256k1';

const MAIN = createRequire(import.meta.url).resolve('@canister-backup/policies/main');
export const FILE = 'policies.json';
const KEY = '.config/dfx/identity/operator/identity.pem';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const settings = IDL.Record({ controllers: IDL.Opt(IDL.Vec(IDL.Principal)) });
const target = IDL.Record({ canister_id: IDL.Principal });
const MANAGEMENT = IDL.Service({
  provisional_create_canister_with_cycles: IDL.Func(
    [IDL.Record({ amount: IDL.Opt(IDL.Nat), settings: IDL.Opt(settings) })],
    [target],
    [],
  ),
  install_code: IDL.Func(
    [
      IDL.Record({
        mode: IDL.Variant({ install: IDL.Null }),
        canister_id: IDL.Principal,
        wasm_module: IDL.Vec(IDL.Nat8),
        arg: IDL.Vec(IDL.Nat8),
      }),
    ],
    [],
    [],
  ),
  update_settings: IDL.Func([IDL.Record({ canister_id: IDL.Principal, settings })], [], []),
});

interface Management {
  provisional_create_canister_with_cycles(arg: unknown): Promise<{ canister_id: Principal }>;
  install_code(arg: unknown): Promise<void>;
  update_settings(arg: unknown): Promise<void>;
}

export class Operator {
  /** Where dfx looks for its identities. */
  readonly home = mkdtempSync(join(tmpdir(), 'operator-'));
  readonly key = join(this.home, KEY);
  readonly principal: Principal;
  readonly url: string;
  private readonly agent: HttpAgent;

  private constructor(url: string, { agent, principal }: { agent: HttpAgent; principal: Principal }) {
    this.url = url;
    this.agent = agent;
    this.principal = principal;
  }

  static async at(url: string): Promise<Operator> {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const identity = Secp256k1KeyIdentity.fromSecretKey(secretOf(privateKey));
    const agent = await HttpAgent.create({ host: url, identity: identity as never, shouldFetchRootKey: true });
    const principal = Principal.fromText(identity.getPrincipal().toText());
    const operator = new Operator(url, { agent, principal });
    operator.write(KEY, String(privateKey.export({ type: 'sec1', format: 'pem' })));
    operator.write('.config/dfx/identity.json', JSON.stringify({ default: 'operator' }));
    return operator;
  }

  dispose(): void {
    rmSync(this.home, { recursive: true });
  }

  /** @returns its path */
  write(path: string, text: string): string {
    const file = join(this.home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  async create(controllers: readonly string[], module?: Uint8Array): Promise<string> {
    const list = [this.principal, ...controllers.map((text) => Principal.fromText(text))];
    const { canister_id } = await this.management().provisional_create_canister_with_cycles({
      amount: [10n ** 14n],
      settings: [{ controllers: [list] }],
    });
    if (module === undefined) return canister_id.toText();
    const arg = new Uint8Array(IDL.encode([], []));
    await this.management(canister_id).install_code({
      mode: { install: null },
      canister_id,
      wasm_module: module,
      arg,
    });
    return canister_id.toText();
  }

  async setControllers(canister: string, controllers: readonly string[]): Promise<void> {
    const list = [this.principal, ...controllers.map((text) => Principal.fromText(text))];
    const canister_id = Principal.fromText(canister);
    await this.management(canister_id).update_settings({ canister_id, settings: { controllers: [list] } });
  }

  private management(effectiveCanisterId = Principal.managementCanister()): Management {
    const canisterId = Principal.managementCanister();
    return Actor.createActor(() => MANAGEMENT, {
      agent: this.agent,
      canisterId,
      effectiveCanisterId,
    }) as unknown as Management;
  }

  manager(canisterId: string): BackupManagerService<Principal> {
    return Actor.createActor(backupManagerIdlFactory as never, { agent: this.agent, canisterId });
  }

  /** The command in this process, with nobody at the terminal. */
  async policies(command: Command, options: Partial<Options>): Promise<Ended> {
    let [out, err] = ['', ''];
    const code = await run(
      command,
      { network: this.url, file: join(this.home, FILE), identity: this.key, ...options },
      {
        out: (line) => {
          out += `${line}\n`;
        },
        note: (line) => {
          err += `${line}\n`;
        },
        paint: (_, text) => text,
        folder: this.home,
      },
    );
    return { code, out, err };
  }

  /** `npm run policies -- …`, without the build. */
  typed(...args: readonly string[]): Promise<Ended> {
    const env = { PATH: process.env.PATH, HOME: this.home };
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [MAIN, ...args], { cwd: this.home, env }, (_, out, err) => {
        resolve({ code: child.exitCode, out, err });
      });
    });
  }
}

function secretOf(key: KeyObject): Uint8Array {
  return new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'));
}
