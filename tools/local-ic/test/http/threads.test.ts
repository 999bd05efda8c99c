import { IDL } from '@dfinity/candid';
import type { Principal } from '@dfinity/principal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ThreadPool } from '../../src/env/thread-pool.ts';
import { principal } from '../../src/principal.ts';
import { INSPECTS_WITHOUT_END, MISBEHAVING, wasm } from './canisters.ts';
import { bodyBytes, call } from './client.ts';
import { cleanUp, launch, until } from './processes.ts';

/** The real server and the real engine: what one instance does to its thread must not reach the others. */

let url: string;
beforeAll(async () => {
  const server = launch('pocket-ic', []);
  const port = await until('the port', () => /port (\d+)/.exec(server.stdout())?.[1] ?? null);
  url = `http://127.0.0.1:${port}`;
});
afterAll(cleanUp);

interface Result {
  readonly Ok?: string;
  readonly Err?: { readonly error_code: string; readonly reject_message: string };
  readonly message?: string;
}

async function send(method: string, path: string, body?: unknown): Promise<unknown> {
  const init = body === undefined ? { method } : { method, body: bodyBytes(body) };
  const text = await (await fetch(`${url}${path}`, init)).text();
  return text === '' ? null : JSON.parse(text);
}

async function createInstance(): Promise<string> {
  const { Created } = (await send('POST', '/instances', {})) as { Created: { instance_id: number } };
  return `/instances/${Created.instance_id}`;
}

async function update(instance: string, request: Record<string, unknown>): Promise<Result> {
  const submitted = (await send('POST', `${instance}/update/submit_ingress_message`, request)) as Result;
  if (submitted.Ok === undefined) return submitted;
  return (await send('POST', `${instance}/update/await_ingress_message`, submitted.Ok)) as Result;
}

const management = (method: string, types: IDL.Type[], values: unknown[]) => ({
  ...call(method, '', principal('aaaaa-aa')),
  payload: Buffer.from(IDL.encode(types, values)).toString('base64'),
});

async function deploy(instance: string, module: string): Promise<(method: string) => Record<string, unknown>> {
  const created = await update(
    instance,
    management(
      'provisional_create_canister_with_cycles',
      [IDL.Record({ amount: IDL.Opt(IDL.Nat) })],
      [{ amount: [10n ** 18n] }],
    ),
  );
  const [{ canister_id }] = IDL.decode(
    [IDL.Record({ canister_id: IDL.Principal })],
    new Uint8Array(Buffer.from(created.Ok ?? '', 'base64')),
  ) as unknown as [{ canister_id: Principal }];
  const mode = IDL.Variant({ install: IDL.Null });
  const argument = IDL.Record({
    mode,
    canister_id: IDL.Principal,
    wasm_module: IDL.Vec(IDL.Nat8),
    arg: IDL.Vec(IDL.Nat8),
  });
  const value = { mode: { install: null }, canister_id, wasm_module: await wasm(module), arg: [] };
  expect(await update(instance, management('install_code', [argument], [value]))).toHaveProperty('Ok');
  return (method) => call(method, '', principal(canister_id.toText()));
}

describe('instances in their threads', () => {
  test('one that is busy for long keeps nobody waiting, and is gone at once when it is deleted', async () => {
    const [busy, other] = [await createInstance(), await createInstance()];
    const request = await deploy(busy, MISBEHAVING);
    const endless = update(busy, request('spin'));
    for (let round = 0; round < 20; round += 1) expect(await send('POST', `${other}/update/tick`, {})).toBeNull();
    const asked = performance.now();
    await send('DELETE', busy);
    expect((await endless).message).toMatch(/deleted/);
    expect(performance.now() - asked).toBeLessThan(5_000);
    expect(await send('POST', `${await createInstance()}/update/tick`, {})).toBeNull();
    expect(await send('POST', `${other}/update/tick`, {})).toBeNull();
  });

  test('code that never ends is ended by its limit, and the canister stays usable', async () => {
    const instance = await createInstance();
    const request = await deploy(instance, INSPECTS_WITHOUT_END);
    const refused = await update(instance, request('ok'));
    expect(refused.Err?.error_code).toBe('CanisterInstructionLimitExceeded');
    expect(await send('POST', `${instance}/read/query`, request('ask'))).toHaveProperty('Ok');
  });

  test('a recursion without end traps within the stack of its thread', async () => {
    const instance = await createInstance();
    const request = await deploy(instance, MISBEHAVING);
    for (let time = 0; time < 3; time += 1) {
      const result = await update(instance, request('deep'));
      expect(result.Err).toMatchObject({
        error_code: 'CanisterTrapped',
        reject_message: expect.stringContaining('stack overflow'),
      });
    }
    expect(await update(instance, request('ok'))).toHaveProperty('Ok');
  });

  test('calls of one instance are answered in the order in which they came', async () => {
    const instance = await createInstance();
    const start = 1_700_000_000_000_000_000n;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        send('POST', `${instance}/update/set_time`, `{"nanos_since_epoch":${start + BigInt(index)}}`),
      ),
    );
    // Sockets may deliver them in any order, so that some may be late; none may be lost or answered twice.
    expect(
      answers.every((answer) => answer === null || /SettingTimeIntoPast/.test((answer as Result).message ?? '')),
    ).toBe(true);
    const time = await (await fetch(`${url}${instance}/read/get_time`)).text();
    expect(time).toBe(`{"nanos_since_epoch":${start + 49n}}`);
  });
});

describe('a thread that is lost', () => {
  test('takes only its own instances with it', async () => {
    const module = new URL('../../dist/env/thread-pool.js', import.meta.url).href;
    const { createThreadPool } = (await import(module)) as typeof import('../../src/env/thread-pool.ts');
    const lost: string[] = [];
    const onThreadLost = (reason: string) => lost.push(reason);
    const [small, other] = [24, 256].map((heapMib) =>
      createThreadPool({ onCanisterLog: () => {}, onThreadLost, maxThreads: 1, heapMib }),
    ) as [ThreadPool, ThreadPool];
    const tick = (pool: ThreadPool, key: number) =>
      pool.run({ key, operation: 'update/tick', body: new Uint8Array(0), blob: null });
    try {
      await other.create(0, {});
      for (let key = 0; lost.length === 0; key += 100) {
        await Promise.allSettled(Array.from({ length: 100 }, (_, index) => small.create(key + index, {})));
      }
      expect(lost).toEqual([expect.stringContaining('heap out of memory')]);
      expect((await tick(other, 0)).status).toBe(200);
      expect(await tick(small, 0)).toMatchObject({ status: 400, body: expect.stringContaining('its state is lost') });
      await small.create(1_000_000, {});
      expect((await tick(small, 1_000_000)).status).toBe(200);
    } finally {
      await Promise.all([small.end(), other.end()]);
    }
  });
});
