import type { ManagementEvent, Reject } from 'local-ic';
import { afterEach, describe, expect, test } from 'vitest';
import { Client } from '../src/net/client.ts';
import { readModules } from '../src/net/modules.ts';
import { type Network, openNetwork } from '../src/net/network.ts';
import { createPaper } from '../src/paper/paper.ts';
import { runLine } from '../src/play/commands.ts';
import { tellDeploy, tellProtect, tellStory } from '../src/story/story.ts';
import { BrokenStory } from '../src/story/teller.ts';

const modules = readModules();

function record(): { paper: ReturnType<typeof createPaper>; text: () => string } {
  const lines: string[] = [];
  return { paper: createPaper((line) => lines.push(line), { coloured: false }), text: () => lines.join('\n') };
}

const clients: Client[] = [];
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

async function open(network: Network = openNetwork()): Promise<Client> {
  const client = await Client.open(network);
  clients.push(client);
  return client;
}

async function toldStory(): Promise<string> {
  const { paper, text } = record();
  await tellStory(await open(), paper, modules);
  return text();
}

/** Told once for all that only read it. */
let told: Promise<string> | undefined;
function once(): Promise<string> {
  told ??= toldStory();
  return told;
}

/** A network on which one management method is refused from its n-th call on. */
function refusing(method: string, from: number) {
  let calls = 0;
  const reject: Reject = { rejectCode: 4, errorCode: 'IC0406', message: 'refused by the test' };
  return openNetwork({
    management(event: ManagementEvent) {
      if (event.method !== method) return undefined;
      calls += 1;
      return calls >= from ? { reject } : undefined;
    },
  });
}

describe('the story', () => {
  test('comes to its end, with the ids of the walkthrough, and is the same each time', async () => {
    const text = await once();
    const landmarks = [
      'bkyz2-fmaaa-aaaaa-qaaaq-cai',
      '(vec { "Hi there!" })',
      'The first backup follows at once',
      'manager → canister_status, take_canister_snapshot,',
      '000000000000000080000000001000010101: ',
      'downtime  2 rounds',
      '(0 : nat64)',
      '(vec {})',
      'reject code 5, IC0503',
      'Time is fast-forwarded by 5 hours 40 minutes',
      'suspect: dump answers 10 bytes (tripwire_shrunk)',
      'good: dump answers 20 bytes',
      '$ dfx canister call backup-manager restore',
      'downtime  4 rounds',
      '(vec { "Hi there!" })',
      '(vec { "Hi there!"; "We are back." })',
      'npm run play',
    ];
    let from = 0;
    for (const landmark of landmarks) {
      const at = text.indexOf(landmark, from);
      expect(at, `${landmark} after character ${from}`).toBeGreaterThanOrEqual(0);
      from = at + 1;
    }
    expect(await toldStory()).toBe(text);
  });

  test.each([
    ['take_canister_snapshot', 'there should be one snapshot of the chat, there are 0'],
    ['load_canister_snapshot', 'restore'],
  ])('fails, and says so, when %s does not work', async (method, says) => {
    const { paper } = record();
    const told = tellStory(await open(refusing(method, 1)), paper, modules);
    await expect(told).rejects.toThrow(BrokenStory);
    await expect(told).rejects.toThrow(says);
  });

  test('prose and commands are narrow enough for a terminal of 100 columns', async () => {
    const wide = (await once())
      .split('\n')
      // Answers are printed as they are; a terminal folds them.
      .filter((line) => line.length > 100 && !/^ {6,}\w+ = (?:opt )?(?:blob )?"/.test(line));
    expect(wide).toEqual([]);
  });
});

describe('play', () => {
  test('answers a session as a person might have it', async () => {
    const { paper, text } = record();
    const teller = await tellDeploy(await open(), paper, modules);
    await tellProtect(teller);
    const lines = [
      'chat append  it\'s "me"',
      'advance 6h',
      'chat remove_spam',
      'chat dump',
      'manager restore',
      'chat dump',
    ];
    for (const line of lines) expect(await runLine(teller, line)).toBe(true);
    expect(text()).toContain(String.raw`(vec { "it\'s \"me\"" })`);
    expect(text()).toContain('(vec {})');
    expect(text()).toMatch(/running = true;/);
  });

  test('says what it does not understand, and leaves when told', async () => {
    const { paper, text } = record();
    const teller = await tellDeploy(await open(), paper, modules);
    expect(await runLine(teller, 'frobnicate')).toBe(true);
    expect(await runLine(teller, 'advance 5 parsecs')).toBe(true);
    expect(await runLine(teller, '')).toBe(true);
    expect(await runLine(teller, ' exit ')).toBe(false);
    expect(text()).toContain('"frobnicate" is not a command; help lists them.');
    expect(text()).toContain('Say how long');
  });
});
