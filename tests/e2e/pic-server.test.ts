/** local-ic's server under @dfinity/pic: cost schedules, what it refuses, and many users of one server. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  CanisterCyclesCostSchedule,
  type CreateInstanceOptions,
  PocketIc,
  PocketIcServer,
  SubnetStateType,
} from '@dfinity/pic';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Counter, counter, counterFactory } from './pic-canister.ts';

const binPath = fileURLToPath(new URL('../../tools/local-ic/bin/pocket-ic', import.meta.url));
const NEW = { state: { type: SubnetStateType.New } } as const;
const DAYS_30_MS = 30 * 24 * 3_600_000;
const GIVEN = 10n ** 18n;

let server: PocketIcServer;
beforeAll(async () => {
  server = await PocketIcServer.start({ binPath });
});
afterAll(() => server.stop());

async function withInstance(options: CreateInstanceOptions, use: (pic: PocketIc) => Promise<void>): Promise<void> {
  const pic = await PocketIc.create(server.getUrl(), options);
  try {
    await use(pic);
  } finally {
    await pic.tearDown();
  }
}

describe('cost schedules', () => {
  const balanceAfter30Days = async (pic: PocketIc) => {
    const { canisterId } = await pic.setupCanister<Counter>({
      idlFactory: counterFactory,
      wasm: await counter(),
      cycles: GIVEN,
    });
    await pic.advanceTime(DAYS_30_MS);
    await pic.tick(2);
    return BigInt(await pic.getCyclesBalance(canisterId));
  };

  test('a normal subnet charges for time', () =>
    withInstance({ application: [{ ...NEW, costSchedule: CanisterCyclesCostSchedule.Normal }] }, async (pic) => {
      expect(await balanceAfter30Days(pic)).toBeLessThan(GIVEN);
    }));

  test('a free subnet charges nothing', () =>
    withInstance({ application: [{ ...NEW, costSchedule: CanisterCyclesCostSchedule.Free }] }, async (pic) => {
      expect(await balanceAfter30Days(pic)).toBe(GIVEN);
    }));
});

describe('what is not served is refused with its reason', () => {
  test.each<[string, CreateInstanceOptions, RegExp]>([
    ['two application subnets', { application: [NEW, NEW] }, /exactly one entry, not 2/],
    ['an NNS subnet', { nns: NEW }, /"nns"/],
    ['a system subnet', { system: [NEW] }, /"system"/],
    ['state from a path', { nns: { state: { type: SubnetStateType.FromPath, path: '/tmp' } } }, /"nns"/],
  ])('%s', async (_name, options, text) => {
    // The client also prints what it throws.
    vi.spyOn(console, 'error').mockImplementationOnce(() => {});
    await expect(PocketIc.create(server.getUrl(), options)).rejects.toThrow(text);
  });

  test('a mocked outcall', () =>
    withInstance({}, async (pic) => {
      const [subnet] = await pic.getApplicationSubnets();
      if (subnet === undefined) throw new Error('There is no subnet.');
      const response = {
        type: 'success',
        statusCode: 200,
        headers: [] as [string, string][],
        body: new Uint8Array(),
      } as const;
      await expect(pic.mockPendingHttpsOutcall({ requestId: 0, subnetId: subnet.id, response })).rejects.toThrow(
        /PocketIC server error: .*HTTP outcalls/,
      );
    }));
});

test('instances side by side do not see each other', async () => {
  const wasm = await counter();
  const results = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      const pic = await PocketIc.create(server.getUrl());
      const { actor, canisterId } = await pic.setupCanister<Counter>({ idlFactory: counterFactory, wasm });
      for (let call = 0; call <= index; call += 1) await actor.add(1);
      await pic.advanceTime(index * 1000);
      const result = { count: await actor.get(), time: await pic.getTime(), canister: canisterId.toText() };
      await pic.tearDown();
      return result;
    }),
  );
  expect(results.map(({ count }) => count)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(new Set(results.map(({ time }) => time)).size).toBe(6);
  expect(new Set(results.map(({ canister }) => canister)).size).toBe(1);
});

test("a deleted instance's canisters are gone, and the others are not", async () => {
  const [kept, deleted] = [await PocketIc.create(server.getUrl()), await PocketIc.create(server.getUrl())];
  await deleted.tearDown();
  await expect(deleted.getTime()).rejects.toThrow(/deleted/);
  expect(await kept.getTime()).toBeGreaterThan(0);
  await kept.tearDown();
});

/** One test file of somebody's project, as a process of its own: start, use, stop. */
const TEST_FILE = `
  import { PocketIc, PocketIcServer } from '@dfinity/pic';
  for (let round = 0; round < 3; round += 1) {
    const server = await PocketIcServer.start({ binPath: ${JSON.stringify(binPath)} });
    const pic = await PocketIc.create(server.getUrl());
    const id = await pic.createCanister();
    await pic.tick(5);
    if ((await pic.getControllers(id)).length !== 1) process.exit(3);
    await pic.tearDown();
    await server.stop();
  }
`;

test('test files that run in parallel, and start and stop their server, all pass', async () => {
  const files = Array.from({ length: 4 }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', TEST_FILE], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk;
    });
    return new Promise<string>((resolve) => child.once('close', (code) => resolve(`exit ${code} ${stderr}`)));
  });
  expect(await Promise.all(files)).toEqual(files.map(() => 'exit 0 '));
});

test("a canister's prints and the server's own lines can be shown", async () => {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { PocketIc, PocketIcServer } from '@dfinity/pic';
       const server = await PocketIcServer.start({ binPath: ${JSON.stringify(binPath)}, showRuntimeLogs: true, showCanisterLogs: true });
       const pic = await PocketIc.create(server.getUrl());
       const canisterId = await pic.createCanister();
       await pic.installCode({ canisterId, wasm: Buffer.from('${Buffer.from(await counter()).toString('base64')}', 'base64') });
       await pic.updateCall({ canisterId, method: 'fail' }).catch(() => {});
       await pic.tearDown();
       await new Promise((resolve) => setTimeout(resolve, 300));
       await server.stop();`,
    ],
    { cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text.stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    text.stderr += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code).toBe(0);
  expect(text.stdout).toMatch(/listening on port \d+/);
  expect(text.stderr).toMatch(/2021-05-06 19:17:10\.\d{9} UTC: \[Canister [a-z0-9-]+\] the counter fails/);
});

describe('live mode', () => {
  test('opens the public API on a port of its own, and closes it again', () =>
    withInstance({}, async (pic) => {
      const port = await pic.makeLive();
      const status = `http://127.0.0.1:${port}/api/v2/status`;
      const answer = await fetch(status);
      expect(answer.status).toBe(200);
      await pic.stopLive();
      await expect(fetch(status)).rejects.toThrow();
    }));
});
