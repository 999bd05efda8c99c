import { IDL } from '@dfinity/candid';
import type { Principal } from '@dfinity/principal';
import { principal } from '../../src/principal.ts';
import { wasm } from './canisters.ts';
import { bodyBytes, call, JSON_TYPE } from './client.ts';

/** PocketIC's REST API of a real server, as far as these tests need it. */

export interface Result {
  readonly Ok?: string;
  readonly Err?: { readonly error_code: string; readonly reject_message: string };
  readonly message?: string;
}

export interface Rest {
  send(method: string, path: string, body?: unknown): Promise<unknown>;
  /** The new instance's path. */
  createInstance(): Promise<string>;
  /** Submits, and awaits what was accepted. */
  update(instance: string, request: Record<string, unknown>): Promise<Result>;
  /** Installs a module in WebAssembly text; gives what makes a call of one of its methods. */
  deploy(instance: string, module: string): Promise<(method: string) => Record<string, unknown>>;
}

const management = (method: string, types: IDL.Type[], values: unknown[]) => ({
  ...call(method, '', principal('aaaaa-aa')),
  payload: Buffer.from(IDL.encode(types, values)).toString('base64'),
});

const CREATE = [IDL.Record({ amount: IDL.Opt(IDL.Nat) })];
const CREATED = [IDL.Record({ canister_id: IDL.Principal })];
const INSTALL = [
  IDL.Record({
    mode: IDL.Variant({ install: IDL.Null }),
    canister_id: IDL.Principal,
    wasm_module: IDL.Vec(IDL.Nat8),
    arg: IDL.Vec(IDL.Nat8),
  }),
];

export function restOf(port: number | string): Rest {
  const send: Rest['send'] = async (method, path, body) => {
    const init = body === undefined ? { method } : { method, body: bodyBytes(body), headers: JSON_TYPE };
    const text = await (await fetch(`http://127.0.0.1:${port}${path}`, init)).text();
    return text === '' ? null : JSON.parse(text);
  };
  const update: Rest['update'] = async (instance, request) => {
    const submitted = (await send('POST', `${instance}/update/submit_ingress_message`, request)) as Result;
    if (submitted.Ok === undefined) return submitted;
    return (await send('POST', `${instance}/update/await_ingress_message`, submitted.Ok)) as Result;
  };
  return {
    send,
    update,
    createInstance: async () => {
      const { Created } = (await send('POST', '/instances', {})) as { Created: { instance_id: number } };
      return `/instances/${Created.instance_id}`;
    },
    deploy: async (instance, module) => {
      const request = management('provisional_create_canister_with_cycles', CREATE, [{ amount: [10n ** 18n] }]);
      const created = IDL.decode(CREATED, replyOf(await update(instance, request)));
      const { canister_id } = created[0] as unknown as { canister_id: Principal };
      const value = { mode: { install: null }, canister_id, wasm_module: await wasm(module), arg: [] };
      replyOf(await update(instance, management('install_code', INSTALL, [value])));
      return (method) => call(method, '', principal(canister_id.toText()));
    },
  };
}

function replyOf(result: Result): Uint8Array {
  if (result.Ok === undefined) throw new Error(`The call failed: ${JSON.stringify(result)}`);
  return new Uint8Array(Buffer.from(result.Ok, 'base64'));
}
