/** The manager's pages as a browser opens them: through the HTTP gateway of a live instance, with verification. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type BackupManagerService, backupManagerIdlFactory } from '@canister-backup/shared';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { expect } from 'vitest';
import { visit } from '../clients/browse.ts';
import { conformance } from '../harness/servers.ts';

const require = createRequire(import.meta.url);
const wasm = (name: string) => new Uint8Array(readFileSync(require.resolve(`@canister-backup/${name}/wasm.gz`)));
const factory: IDL.InterfaceFactory = ({ IDL: library }) => backupManagerIdlFactory<IDL.ServiceClass>({ IDL: library });
const OWNER = Principal.selfAuthenticating(Uint8Array.of(7));

conformance('the pages of the manager', (rule) => {
  rule('open through the gateway, each with its type, and only what it is told to show', async ({ pic, deploy }) => {
    const owned = { sender: OWNER, arg: IDL.encode([], []) };
    const managerId = await deploy(wasm('backup-manager'), { ...owned, controllers: [OWNER] });
    const chatId = await deploy(wasm('chat'), { ...owned, controllers: [OWNER, managerId] });
    const manager = pic.createActor<BackupManagerService<Principal>>(factory, managerId);
    manager.setPrincipal(OWNER);
    expect(await manager.register({ canister: chatId, policy: [] })).toHaveProperty('Ok');
    const port = await pic.makeLive();
    const open = async (path: string, host = `${managerId}.localhost`) => {
      const { status, headers, text } = await visit(`http://127.0.0.1:${port}`, path, { host });
      return { page: [status, headers['content-type']?.split(';')[0]], text };
    };
    expect((await open(`/health/${chatId}`)).page[0]).toBe(404);
    expect(await manager.set_settings({ public_http: [true] })).toHaveProperty('Ok');
    const health = await open('/health');
    expect([health.page[1], JSON.parse(health.text)]).toEqual(['application/json', expect.anything()]);
    expect((await open('/')).page).toEqual([200, 'text/html']);
    const metrics = await open('/metrics', `${managerId}.raw.localhost`);
    expect([...metrics.page, metrics.text]).toEqual([200, 'text/plain', expect.stringContaining(chatId.toText())]);
    const one = await open(`/health/${chatId}?canisterId=${managerId}`, '127.0.0.1');
    expect([one.page[1], one.text]).toEqual(['application/json', expect.stringContaining(chatId.toText())]);
    expect((await open('/', `${chatId}.localhost`)).page).toEqual([503, 'text/plain']);
    await pic.stopLive();
  });
});
