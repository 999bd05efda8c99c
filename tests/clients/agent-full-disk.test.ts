/** What a client was told is there again after a full disk. After `kill -9`: `tools/load`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestIdOf } from 'icp-sdk-core-6/agent';
import { IDL } from 'icp-sdk-core-6/candid';
import type { Principal } from 'icp-sdk-core-6/principal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { counter } from '../e2e/pic-canister.ts';
import { ANONYMOUS, callContent, post, readStateContent } from './envelopes.ts';
import { type Network, startNetwork, startNetworkWithFullDisk } from './network.ts';
import { connect, deploy, SDKS, type Sdk, verifyCertificate } from './sdks.ts';

const WORKERS = 4;
const [, sdk] = SDKS as [Sdk, Sdk];
const ONE = new Uint8Array(IDL.encode([IDL.Nat32], [1]));

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'local-ic-crash-'));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

/** How often a counter was asked to count, and how often it said that it did. */
interface Tally {
  sent: number;
  acknowledged: number;
  lastId: Uint8Array | null;
}

/** Adds one again and again until the network does not answer any more. */
async function addUntilItEnds(url: string, id: Principal, tally: Tally): Promise<void> {
  for (;;) {
    const nonce = crypto.getRandomValues(new Uint8Array(16));
    const content = callContent({ canisterId: id, method: 'add', arg: ONE, sender: ANONYMOUS, nonce });
    tally.sent += 1;
    const answer = await post(url, `v4/canister/${id}/call`, { content }).catch(() => null);
    if (answer === null || answer.status >= 500) return;
    expect(answer.body.status).toBe('replied');
    tally.acknowledged += 1;
    tally.lastId = requestIdOf(content);
  }
}

async function countOf(url: string, id: Principal): Promise<number> {
  const content = callContent({ canisterId: id, method: 'get', arg: ONE, sender: ANONYMOUS, type: 'query' });
  const { body } = await post(url, `v3/canister/${id}/query`, { content });
  return Number(IDL.decode([IDL.Nat32], (body.reply as { arg: Uint8Array }).arg)[0]);
}

async function statusOf(url: string, id: Principal, requestId: Uint8Array): Promise<string> {
  const path = [new TextEncoder().encode('request_status'), requestId, new TextEncoder().encode('status')];
  const { body } = await post(url, `v3/canister/${id}/read_state`, { content: readStateContent(ANONYMOUS, [path]) });
  const agent = await connect(sdk, url);
  const bytes = body.certificate as Uint8Array;
  const certificate = await verifyCertificate(sdk, { certificate: bytes, agent, canisterId: id });
  return new TextDecoder().decode((certificate.lookup_path(path) as { value?: Uint8Array }).value);
}

async function startWithCounter(start: () => Promise<Network>): Promise<{ network: Network; id: Principal }> {
  const network = await start();
  return { network, id: await deploy(sdk, await connect(sdk, network.url), await counter()) };
}

/** The counter stands between what was acknowledged and what was sent; and from now on exactly where it stands. */
async function checkAndSettle({ url }: Network, id: Principal, tally: Tally): Promise<void> {
  const count = await countOf(url, id);
  expect(count).toBeGreaterThanOrEqual(tally.acknowledged);
  expect(count).toBeLessThanOrEqual(tally.sent);
  if (tally.lastId !== null) expect(await statusOf(url, id, tally.lastId)).toBe('replied');
  Object.assign(tally, { sent: count, acknowledged: count });
}

test('a network whose disk is full says so and ends; what it acknowledged is there afterwards', async () => {
  const KIB = 24;
  const { network, id } = await startWithCounter(() => startNetworkWithFullDisk(KIB, '--state-dir', stateDir));
  const tally: Tally = { sent: 0, acknowledged: 0, lastId: null };
  await Promise.all(Array.from({ length: WORKERS }, () => addUntilItEnds(network.url, id, tally)));
  expect(await network.ended).toBe(1);
  expect(network.log()).toMatch(/cannot keep its state and has stopped: .*EFBIG/);
  const next = await startNetwork('--state-dir', stateDir);
  await checkAndSettle(next, id, tally);
  expect(tally.acknowledged).toBeGreaterThan(10);
  expect(await next.stop()).toBe(0);
});
