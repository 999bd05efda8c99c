import { Actor, type ActorMethod, HttpAgent } from '@dfinity/agent';
import { Principal } from '@dfinity/principal';
import { expect, test } from 'vitest';
import type { Deployed } from '../src/live/deploy.ts';
import { playLive } from '../src/live/play.ts';
import { MANAGER } from '../src/net/network.ts';
import { createPaper } from '../src/paper/paper.ts';

type Service = Record<string, ActorMethod<unknown[], unknown>>;

test('both canisters are on a network for agents, with the ids of the story, until it is ended', async () => {
  const lines: string[] = [];
  const paper = createPaper((line) => lines.push(line), { coloured: false });
  let played: Promise<number> | undefined;
  const { url, manager, chat, stop } = await new Promise<Deployed & { stop: () => void }>((resolve, reject) => {
    played = playLive(['--port', '0'], paper, (deployed, stop) => resolve({ ...deployed, stop }));
    played.catch(reject);
  });
  expect([manager, chat]).toEqual(['bnz7o-iuaaa-aaaaa-qaaaa-cai', 'bkyz2-fmaaa-aaaaa-qaaaq-cai']);
  for (const shown of [url, chat, `icp canister call ${manager} restore '()' -n ${url}`]) {
    expect(lines.join('\n')).toContain(shown);
  }
  const agent = await HttpAgent.create({ host: url, shouldFetchRootKey: true });
  const managing = Actor.createActor<Service>(() => MANAGER, { agent, canisterId: manager });
  const targets = await managing.targets?.([]);
  expect(targets).toMatchObject({ Ok: { total: 1n, items: [{ canister: Principal.fromText(chat) }] } });
  stop();
  expect(await played).toBe(0);
});

test('options that local-ic does not know end it with its exit code', async () => {
  const paper = createPaper(() => {}, { coloured: false });
  expect(await playLive(['--no-such-option'], paper)).toBe(2);
});
