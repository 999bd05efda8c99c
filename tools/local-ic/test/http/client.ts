import { createResponseVerifier } from '../../src/env/response-verifier.ts';
import type { Answer } from '../../src/http/answer.ts';
import type { Listen } from '../../src/http/gateways.ts';
import type { InstanceHost } from '../../src/http/instance-host.ts';
import { createInThreadHost } from '../../src/http/local-host.ts';
import { createPocketIcApi, type PocketIcApi } from '../../src/http/pocket-ic.ts';
import { encodePrincipal } from '../../src/http/principals.ts';
import type { HttpRequest } from '../../src/http/request.ts';
import { ANONYMOUS, type PrincipalText } from '../../src/principal.ts';
import { createFakeIc, createManualClock, ECHO, type ManualClock } from './fake.ts';

/** The API without a socket, and what tests send through it. */
export interface TestApi {
  readonly api: PocketIcApi;
  readonly clock: ManualClock;
  readonly logs: string[];
  send(method: string, url: string, body?: unknown, headers?: HttpRequest['headers']): Promise<Answer>;
}

export function testApi(wrap: (host: InstanceHost) => InstanceHost = (host) => host, listen?: Listen): TestApi {
  const clock = createManualClock();
  const logs: string[] = [];
  const host = createInThreadHost({
    createLocalIc: createFakeIc,
    onCanisterLog: (entry) => logs.push(entry.text),
    verifyPage: createResponseVerifier(),
  });
  const api = createPocketIcApi(wrap(host), clock, listen);
  return {
    api,
    clock,
    logs,
    send: (method, url, body, headers = {}) =>
      api.handle({ method, url, headers: { ...JSON_TYPE, ...headers }, body: bodyBytes(body) }),
  };
}

export const JSON_TYPE = { 'content-type': 'application/json' };

/** Text and bytes go as they are; anything else as JSON. */
export function bodyBytes(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array(0);
  if (body instanceof Uint8Array) return body;
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
}

export function call(method: string, payload = 'hello', canisterId: PrincipalText = ECHO): Record<string, unknown> {
  return {
    sender: encodePrincipal(ANONYMOUS),
    canister_id: encodePrincipal(canisterId),
    effective_principal: 'None',
    method,
    payload: Buffer.from(payload).toString('base64'),
  };
}

export const canister = (id: PrincipalText = ECHO) => ({ canister_id: encodePrincipal(id) });

export function json(answer: Answer): unknown {
  return JSON.parse(String(answer.body));
}

export function message(answer: Answer): string {
  return (json(answer) as { message: string }).message;
}

/** The one subnet that this server has, as the client asks for it. */
export const ONE_SUBNET = {
  subnet_config_set: {
    system: [],
    application: [
      { dts_flag: 'Enabled', instruction_config: 'Production', cost_schedule: 'Normal', state_config: 'New' },
    ],
    cloud_engine: [],
    verified_application: [],
  },
};
