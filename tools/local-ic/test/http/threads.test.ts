import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ThreadPool } from '../../src/env/thread-pool.ts';
import { INSPECTS_WITHOUT_END, MISBEHAVING } from './canisters.ts';
import { cleanUp, launch, until } from './processes.ts';
import { type Rest, type Result, restOf } from './rest.ts';

/** The real server and the real engine: what one instance does to its thread must not reach the others. */

let rest: Rest;
let port: string;
beforeAll(async () => {
  const server = launch('pocket-ic', []);
  port = await until('the port', () => /port (\d+)/.exec(server.stdout())?.[1] ?? null);
  rest = restOf(port);
});
afterAll(cleanUp);

describe('instances in their threads', () => {
  test('one that is busy for long keeps nobody waiting, and is gone at once when it is deleted', async () => {
    const [busy, other] = [await rest.createInstance(), await rest.createInstance()];
    const request = await rest.deploy(busy, MISBEHAVING);
    const endless = rest.update(busy, request('spin'));
    for (let round = 0; round < 20; round += 1) expect(await rest.send('POST', `${other}/update/tick`, {})).toBeNull();
    const asked = performance.now();
    await rest.send('DELETE', busy);
    expect((await endless).message).toMatch(/deleted/);
    expect(performance.now() - asked).toBeLessThan(5_000);
    expect(await rest.send('POST', `${await rest.createInstance()}/update/tick`, {})).toBeNull();
    expect(await rest.send('POST', `${other}/update/tick`, {})).toBeNull();
  });

  test('code that never ends is ended by its limit, and the canister stays usable', async () => {
    const instance = await rest.createInstance();
    const request = await rest.deploy(instance, INSPECTS_WITHOUT_END);
    const refused = await rest.update(instance, request('ok'));
    expect(refused.Err?.error_code).toBe('CanisterInstructionLimitExceeded');
    expect(await rest.send('POST', `${instance}/read/query`, request('ask'))).toHaveProperty('Ok');
  });

  test('a recursion without end traps within the stack of its thread', async () => {
    const instance = await rest.createInstance();
    const request = await rest.deploy(instance, MISBEHAVING);
    for (let time = 0; time < 3; time += 1) {
      const result = await rest.update(instance, request('deep'));
      expect(result.Err).toMatchObject({
        error_code: 'CanisterTrapped',
        reject_message: expect.stringContaining('stack overflow'),
      });
    }
    expect(await rest.update(instance, request('ok'))).toHaveProperty('Ok');
  });

  test('calls of one instance are answered in the order in which they came', async () => {
    const instance = await rest.createInstance();
    const start = 1_700_000_000_000_000_000n;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        rest.send('POST', `${instance}/update/set_time`, `{"nanos_since_epoch":${start + BigInt(index)}}`),
      ),
    );
    // Sockets may deliver them in any order, so that some may be late; none may be lost or answered twice.
    expect(
      answers.every((answer) => answer === null || /SettingTimeIntoPast/.test((answer as Result).message ?? '')),
    ).toBe(true);
    const time = await (await fetch(`http://127.0.0.1:${port}${instance}/read/get_time`)).text();
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
