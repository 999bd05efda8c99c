import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { PRINTS } from './canisters.ts';
import {
  answers,
  cleanUp,
  isGone,
  type Launched,
  launch,
  portFilePath,
  portIn,
  portOf,
  serverProcesses,
  until,
} from './processes.ts';
import { restOf } from './rest.ts';

afterEach(cleanUp);

const start = (portFile: string, ...more: string[]) => launch('pocket-ic', ['--port-file', portFile, ...more]);
const stop = (process: Launched) => {
  process.child.kill('SIGTERM');
  return process.exit;
};

describe('processes with one port file', () => {
  test('one is started and stopped as the client does it', async () => {
    const portFile = portFilePath();
    const process = start(portFile);
    const port = await portOf(portFile);
    expect(await answers(port)).toBe(true);
    await until('the line on stdout', () => process.stdout().includes(`listening on port ${port}`));
    expect(process.isRunning()).toBe(true);
    expect(await stop(process)).toBe(0);
    await isGone(portFile, port);
    expect(existsSync(portFile)).toBe(false);
  });

  test('six that start and stop at the same time share one server', async () => {
    const portFile = portFilePath();
    const ports = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => {
        const process = start(portFile);
        const port = await portOf(portFile);
        // What a test file does with its server.
        const created = await fetch(`http://127.0.0.1:${port}/instances`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        });
        expect(created.status).toBe(201);
        await new Promise((resolve) => setTimeout(resolve, 40 * index));
        const { Created } = (await created.json()) as { Created: { instance_id: number } };
        const path = `http://127.0.0.1:${port}/instances/${Created.instance_id}`;
        expect(
          (
            await fetch(`${path}/update/tick`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: '{}',
            })
          ).status,
        ).toBe(200);
        expect((await fetch(path, { method: 'DELETE' })).status).toBe(200);
        expect(await stop(process)).toBe(0);
        return port;
      }),
    );
    expect(new Set(ports).size).toBe(1);
    await isGone(portFile, ports[0] as number);
    expect(existsSync(portFile)).toBe(false);
  });

  test('the one that started the server is killed, and the others go on', async () => {
    const portFile = portFilePath();
    const first = start(portFile);
    const port = await portOf(portFile);
    const second = start(portFile);
    await until('the second to join', () => second.isRunning() && serverProcesses(portFile).length === 1, 100);
    await until('the first to be killed', () => first.child.kill('SIGKILL'));
    expect(await first.exit).toBe('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await answers(port)).toBe(true);
    expect(portIn(portFile)).toBe(port);
    expect(await stop(second)).toBe(0);
    await isGone(portFile, port);
  });

  test('when all are killed, nothing remains', async () => {
    const portFile = portFilePath();
    const processes = [start(portFile), start(portFile)];
    const port = await portOf(portFile);
    for (const process of processes) process.child.kill('SIGKILL');
    await isGone(portFile, port);
    expect(existsSync(portFile)).toBe(false);
  });

  test('one that comes right after the last has gone finds the same server', async () => {
    const portFile = portFilePath();
    const first = start(portFile);
    const port = await portOf(portFile);
    expect(await stop(first)).toBe(0);
    await until('the port file to go', () => !existsSync(portFile));
    const second = start(portFile);
    expect(await portOf(portFile)).toBe(port);
    expect(await stop(second)).toBe(0);
  });

  test('a stale port file is taken over, on the same port if it is free', async () => {
    const portFile = portFilePath();
    const first = start(portFile);
    const port = await portOf(portFile);
    const [pid] = await until('the server process', () => {
      const pids = serverProcesses(portFile);
      return pids.length > 0 && pids;
    });
    // All are killed at once: the handle must not see its server go.
    first.child.kill('SIGSTOP');
    process.kill(pid as number, 'SIGKILL');
    first.child.kill('SIGKILL');
    await isGone(portFile, port);
    expect(portIn(portFile)).toBe(port);
    const second = start(portFile);
    await until('the new server', () => answers(port));
    expect(await stop(second)).toBe(0);
  });

  test.each(['', 'garbage\n', '99999999\n', '1\n'])('a port file with %j is taken over', async (content) => {
    const portFile = portFilePath();
    writeFileSync(portFile, content);
    const first = start(portFile);
    await until('the line on stdout', () => /listening on port \d+/.test(first.stdout()));
    expect(await answers(await portOf(portFile))).toBe(true);
    expect(await stop(first)).toBe(0);
  });

  test('when the server is killed its handles say so, wait to be stopped, and end with 1', async () => {
    const portFile = portFilePath();
    const first = start(portFile);
    await portOf(portFile);
    const [pid] = serverProcesses(portFile);
    process.kill(pid as number, 'SIGKILL');
    await until('the message', () => first.stderr().includes('was killed'));
    await until('the port file to go', () => !existsSync(portFile));
    expect(first.isRunning()).toBe(true);
    expect(await stop(first)).toBe(1);
  });

  test('the server ends when it is not used for its ttl, and its handles with it', async () => {
    const portFile = portFilePath();
    const first = start(portFile, '--ttl', '1');
    const port = await portOf(portFile);
    expect(await first.exit).toBe(0);
    expect(await answers(port)).toBe(false);
    expect(existsSync(portFile)).toBe(false);
  });

  test('the longest ttl counts while its handle lives', async () => {
    const portFile = portFilePath();
    const short = start(portFile, '--ttl', '1');
    const long = start(portFile, '--ttl', '3600');
    const port = await portOf(portFile);
    await until('both to be ready', () =>
      [short, long].every((process) => process.stdout() !== '' || process.isRunning()),
    );
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect([await answers(port), short.isRunning(), long.isRunning()]).toEqual([true, true, true]);
    expect(await stop(long)).toBe(0);
    expect(await short.exit).toBe(0);
  });

  test('a hard ttl ends its handle', async () => {
    const portFile = portFilePath();
    const first = start(portFile, '--hard-ttl', '1');
    await portOf(portFile);
    expect(await first.exit).toBe(0);
  });

  test('different port files have different servers', async () => {
    const files = [portFilePath(), portFilePath()];
    const processes = files.map((file) => start(file));
    const ports = await Promise.all(files.map(portOf));
    expect(new Set(ports).size).toBe(2);
    expect(await stop(processes[0] as Launched)).toBe(0);
    expect(await answers(ports[1] as number)).toBe(true);
    expect(await stop(processes[1] as Launched)).toBe(0);
  });

  test('one that asks for another address than its server has is refused', async () => {
    const portFile = portFilePath();
    const first = start(portFile);
    const port = await portOf(portFile);
    for (const flags of [
      ['--ip-addr', '127.0.0.2'],
      ['--port', '1'],
    ]) {
      const second = start(portFile, ...flags);
      expect(await second.exit).toBe(1);
      expect(second.stderr()).toContain('was started for any port of 127.0.0.1');
    }
    expect(await answers(port)).toBe(true);
    expect(await stop(first)).toBe(0);
  });

  test('a port file that cannot be written ends with 1 and says why', async () => {
    const portFile = portFilePath();
    mkdirSync(join(portFile, 'a-folder'), { recursive: true });
    const first = start(portFile);
    expect(await first.exit).toBe(1);
    expect(first.stderr()).toMatch(/could not start: .*(EISDIR|ENOTEMPTY|ERR_FS_EISDIR)/);
  });

  test('a client that reads no output can still stop its process', async () => {
    const portFile = portFilePath();
    const first = launch('pocket-ic', ['--port-file', portFile], 'unread');
    const port = await portOf(portFile);
    const rest = restOf(port);
    const instance = await rest.createInstance();
    const request = await rest.deploy(instance, PRINTS);
    for (let time = 0; time < 3; time += 1) expect(await rest.update(instance, request('print'))).toHaveProperty('Ok');
    expect(await stop(first)).toBe(0);
  });

  test('a port that is taken, and a folder that is not there, end with 1 and say why', async () => {
    const blocker = launch('pocket-ic', []);
    const port = await until('the port', () => /port (\d+)/.exec(blocker.stdout())?.[1] ?? null);
    const first = start(portFilePath(), '--port', port);
    expect(await first.exit).toBe(1);
    expect(first.stderr()).toContain('EADDRINUSE');
    const second = start('/nowhere/at/all/server.port');
    expect(await second.exit).toBe(1);
    expect(second.stderr()).toContain('/nowhere/at/all');
    expect(await stop(blocker)).toBe(0);
  });
});
