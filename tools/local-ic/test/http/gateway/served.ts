import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import { createResponseVerifier } from '../../../src/env/response-verifier.ts';
import { reject } from '../../../src/errors.ts';
import type { Answer } from '../../../src/http/answer.ts';
import { runPage } from '../../../src/http/gateway/run.ts';
import { createGateway } from '../../../src/http/gateway/serve.ts';
import type { PageCall } from '../../../src/http/gateway/types.ts';
import type { OperationCall } from '../../../src/http/instance-host.ts';
import { createRounds } from '../../../src/http/rounds.ts';
import { canisterIdFromNumber } from '../../../src/principal.ts';
import type { IngressStatus } from '../../../src/state/types.ts';
import type { CallRequest, CallResult, LocalIc } from '../../../src/types.ts';
import { createManualClock } from '../fake.ts';

export const PAGES = canisterIdFromNumber(0xffff_ffff_ffe0_0000n);
export const HOST = `${PAGES}.raw.localhost`;

const Blob = IDL.Vec(IDL.Nat8);
const Headers = IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text));

export interface Fields {
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: Uint8Array;
  readonly upgrade?: boolean;
  /** The body goes on: a token of this type. */
  readonly token?: readonly [IDL.Type, unknown];
}

/** A canister's answer in Candid, with whatever type of token. */
export function responseOf({ status = 200, headers = [], body = new Uint8Array(), ...more }: Fields): Uint8Array {
  const [type, token] = more.token ?? [IDL.Null, null];
  const callback = IDL.Func([type], [IDL.Record({ body: Blob, token: IDL.Opt(type) })], ['query']);
  const Response = IDL.Record({
    status_code: IDL.Nat16,
    headers: Headers,
    body: Blob,
    upgrade: IDL.Opt(IDL.Bool),
    streaming_strategy: IDL.Opt(IDL.Variant({ Callback: IDL.Record({ callback, token: type }) })),
  });
  const strategy =
    more.token === undefined ? [] : [{ Callback: { callback: [Principal.fromText(PAGES), 'more'], token } }];
  const value = { status_code: status, headers, body, upgrade: [more.upgrade === true], streaming_strategy: strategy };
  return new Uint8Array(IDL.encode([Response], [value]));
}

export type Behaviour = (request: CallRequest) => CallResult;

/** A gateway without a socket, in front of one canister that does what it is told. */
export function served(answer: Behaviour) {
  const clock = createManualClock();
  const rounds = createRounds();
  const calls: PageCall['kind'][] = [];
  const statuses = new Map<string, IngressStatus>();
  const ic: Partial<LocalIc> = {
    query: answer,
    submit: (request) => {
      if (request.method === 'refused') return { kind: 'refused', reject: reject('IC0406', 'no') };
      return { kind: 'accepted', messageId: Uint8Array.of(statuses.size) };
    },
    ingressStatus: (id) => statuses.get(String(id)),
    certifiedTime: () => 0n,
    rootKey: () => new Uint8Array(133),
  };
  const verify = createResponseVerifier();
  const run = async ({ page }: OperationCall): Promise<Answer> => {
    if (page === undefined) return { status: 500, type: 'text', body: 'gone' };
    calls.push(page.kind);
    return runPage(ic as LocalIc, page, verify);
  };
  const host = { run, create: async () => null, drop: () => undefined, end: async () => undefined };
  const gateway = createGateway({ host, clock, rounds, key: 0, domains: { names: ['localhost'], any: false } });
  const get = (url: string, { method = 'GET', headers = {}, body = new Uint8Array() }: Partial<Get> = {}) =>
    gateway.handle({ method, url, headers: { host: HOST, ...headers }, body });
  return { gateway, get, clock, rounds, calls, statuses, host };
}

interface Get {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}
