import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type ControlOptions, claim, connectToServer, controlAddresses } from '../../src/env/control.ts';
import type { ListenOptions } from '../../src/env/http-server.ts';
import { cleanUp, portFilePath } from './processes.ts';

const closers: (() => void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await cleanUp();
});

function optionsFor(platform: NodeJS.Platform): ControlOptions & ListenOptions {
  const portFile = portFilePath();
  return { portFile, addresses: controlAddresses(portFile, platform), host: '127.0.0.1', port: 0 };
}

async function claimed(options: ControlOptions & ListenOptions) {
  const server = await claim(options, (socket) => {
    closers.push(() => socket.destroy());
    return true;
  });
  if (server !== null) closers.push(() => server.close());
  return server;
}

describe.each(['linux', 'darwin'] as const)('the control address on %s', (platform) => {
  test.runIf(platform !== 'linux' || process.platform === 'linux')(
    'has one owner, whoever asks at the same time',
    async () => {
      const options = optionsFor(platform);
      expect(await connectToServer(options)).toBeNull();
      const servers = await Promise.all(Array.from({ length: 8 }, () => claimed(options)));
      expect(servers.filter((server) => server !== null)).toHaveLength(1);
      const connection = await connectToServer(options);
      expect(connection).toMatchObject({ host: '127.0.0.1', port: 0 });
      connection?.socket.destroy();
    },
  );

  test.runIf(platform !== 'linux' || process.platform === 'linux')('is free again when its owner is gone', async () => {
    const options = optionsFor(platform);
    const first = await claimed(options);
    await new Promise((resolve) => first?.close(resolve));
    expect(await connectToServer(options)).toBeNull();
    expect(await claimed(options)).not.toBeNull();
  });

  test.runIf(platform !== 'linux' || process.platform === 'linux')('is another one for another port file', async () => {
    expect(await claimed(optionsFor(platform))).not.toBeNull();
    expect(await claimed(optionsFor(platform))).not.toBeNull();
  });
});

test('a TCP port of somebody else is passed over, by owner and handles alike', async () => {
  const options = optionsFor('darwin');
  const first = options.addresses[0] as { readonly host: string; readonly port: number };
  const stranger = createServer((socket) => socket.end('220 some other program\r\n'));
  await new Promise<void>((resolve) => stranger.listen(first, resolve));
  closers.push(() => stranger.close());
  expect(await claimed(options)).not.toBeNull();
  const connection = await connectToServer(options);
  expect(connection).not.toBeNull();
  connection?.socket.destroy();
});
