import { afterEach, describe, expect, test } from 'vitest';
import { PRINTS } from './canisters.ts';
import { answers, cleanUp, launch, until } from './processes.ts';
import { restOf } from './rest.ts';

afterEach(cleanUp);

async function run(name: 'pocket-ic' | 'local-ic', ...args: string[]) {
  const process = launch(name, args);
  const code = await process.exit;
  return { code, stdout: process.stdout(), stderr: process.stderr() };
}

describe('pocket-ic', () => {
  test('prints its version as clients check it, and its help', async () => {
    const version = await run('pocket-ic', '--version');
    expect(version.code).toBe(0);
    expect(version.stdout).toMatch(/^pocket-ic-server \d+\.\d+\.\d+\+local-ic\.\d+\.\d+\.\d+\n$/);
    const help = await run('pocket-ic', '--help');
    expect(help.code).toBe(0);
    for (const flag of ['--ip-addr', '--port', '--port-file', '--ttl', '--hard-ttl', '--log-levels', '--version']) {
      expect(help.stdout).toContain(flag);
    }
  });

  test.each([
    [['--hashring', 'x'], '--hashring'],
    [['extra'], 'extra'],
    [['--port', '70000'], '--port'],
    [['--ttl', '-1'], '--ttl'],
    [['--ttl', 'soon'], '--ttl'],
    [['--ip-addr', 'nowhere'], 'nowhere'],
    [['--mainnet-routing-table', 'x'], '--mainnet-routing-table'],
  ])('%j is refused with exit code 2', async (args, text) => {
    const { code, stderr } = await run('pocket-ic', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
    expect(stderr).toContain('pocket-ic --help');
  });

  test('without a port file it serves until SIGINT, on the port that was asked for', async () => {
    const first = launch('pocket-ic', ['-i', '127.0.0.1', '-p', '0']);
    const port = Number(await until('the port', () => /port (\d+)/.exec(first.stdout())?.[1] ?? null));
    expect(await answers(port)).toBe(true);
    const second = await run('pocket-ic', '--port', String(port));
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('EADDRINUSE')]);
    first.child.kill('SIGINT');
    expect(await first.exit).toBe(0);
  });

  test('without a port file its ttl ends it, and --log-levels off keeps it quiet', async () => {
    const { code, stdout } = await run('pocket-ic', '--ttl', '1', '--log-levels', 'off');
    expect([code, stdout]).toEqual([0, '']);
  });
});

test('a server whose output nobody reads goes on serving, and ends when it is told to', async () => {
  const blocker = launch('local-ic', ['serve', '--json']);
  const free = (
    JSON.parse(await until('the line', () => blocker.stdout().endsWith('\n') && blocker.stdout())) as { port: number }
  ).port;
  blocker.child.kill('SIGTERM');
  await blocker.exit;
  const server = launch('pocket-ic', ['--port', String(free)], 'unread');
  await until('the server', () => answers(free));
  const rest = restOf(free);
  const instance = await rest.createInstance();
  const request = await rest.deploy(instance, PRINTS);
  for (let time = 0; time < 6; time += 1) expect(await rest.update(instance, request('print'))).toHaveProperty('Ok');
  server.child.kill('SIGTERM');
  expect(await server.exit).toBe(0);
});

describe('local-ic', () => {
  test('serve prints one line when it is ready, and ends with 0', async () => {
    const process = launch('local-ic', ['serve', '--json']);
    const line = await until('the line', () => process.stdout().endsWith('\n') && process.stdout());
    const { port, url } = JSON.parse(line) as { port: number; url: string };
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(await answers(port)).toBe(true);
    const second = await run('local-ic', 'serve', '--port', String(port));
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('is taken; choose another one')]);
    process.child.kill('SIGTERM');
    expect(await process.exit).toBe(0);
    expect(process.stdout()).toBe(line);
  });

  test('has help and a version, and refuses what it does not know with 2', async () => {
    const help = await run('local-ic', '--help');
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining('serve')]);
    expect(await run('local-ic', '--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    for (const args of [['serve', '--port', 'x'], ['serve', '--unknown'], ['unknown'], ['serve', 'extra'], []]) {
      expect((await run('local-ic', ...args)).code, args.join(' ')).toBe(2);
    }
  });

  test.each([
    [['--port', 'x']],
    [['--seed', '']],
    [['--artificial-delay-ms', '-1']],
    [['--domain', 'not a host']],
    [['--unknown']],
  ])('start %j is wrong use', async (args) => {
    expect((await run('local-ic', 'start', ...args)).code).toBe(2);
  });
});
