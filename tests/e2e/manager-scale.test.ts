/** What a manager costs, and what it remembers, beside many targets and after a long time. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildCanister } from '@canister-backup/canister-build';
import { type CandidHistoryEntry, type ChainLink, chainProblem } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import { beforeAll, describe, expect, it } from 'vitest';
import { linkOf } from './chain.ts';
import { DEVELOPER, deploy, HOUR, HOURLY, refused, SECOND, taken, World } from './manager-world.ts';

/** The smallest module there is. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const OTHERS = 12;

describe('the cost of a backup', () => {
  it('is the same beside many targets and behind a long history, in instructions of the manager', () => {
    let instructions = 0n;
    const deployed = deploy(1);
    const world = deployed.fork({
      executed: (event) => {
        if (event.canisterId === deployed.names.manager) instructions += event.instructions;
      },
    });
    // One snapshot stays, so that each backup finds the same.
    world.register(world.chat, { ...HOURLY, keep: 1 });
    const costOf = (act: () => void) => {
      instructions = 0n;
      act();
      return Number(instructions);
    };
    const backup = () => costOf(() => world.pass(HOUR));
    backup();
    backup();
    const alone = backup();

    for (let other = 0; other < OTHERS; other += 1) {
      const canister = world.create(EMPTY_MODULE);
      world.setControllers(canister, [DEVELOPER, world.names.manager]);
      // Due when the chat is not.
      world.register(canister, { ...HOURLY, schedule: { every_seconds: 86_400n * 300n } });
      taken(world.ask('backup', [Principal.fromText(canister)]));
    }
    for (const run of world.runs()) expect(run.outcome).toBe('succeeded');
    world.pass(HOUR + SECOND);
    const amongMany = backup();
    expect(amongMany / alone).toBeLessThan(1.05);
  });
});

describe('a query over every target', () => {
  const ofAll = ['status', 'health'] as const;

  it.each(ofAll)('%s costs little for each, so that a thousand fit into one', (method) => {
    const deployed = deploy(1);
    let last = 0n;
    const world = deployed.fork({
      executed: ({ instructions }) => {
        last = instructions;
      },
    });
    const ask = (w: World) => {
      if (method === 'status') w.ask('status', []);
      else w.ask('health', [[{ canister: [], after: [], limit: [1] }]]);
      return Number(last);
    };
    world.register();
    const one = ask(world);
    for (let other = 0; other < OTHERS; other += 1) {
      const canister = world.create(EMPTY_MODULE);
      world.setControllers(canister, [DEVELOPER, world.names.manager]);
      world.register(canister);
      if (other < 4) taken(world.ask('backup', [Principal.fromText(canister)]));
    }
    const each = (ask(world) - one) / OTHERS;
    world.upgradeManager();
    const eachAfterUpgrade = (ask(world) - one) / OTHERS;
    // The limit of a query is 5 G instructions (replica, `MAX_INSTRUCTIONS_PER_QUERY_MESSAGE`).
    for (const cost of [each, eachAfterUpgrade]) expect(one + 1000 * cost).toBeLessThan(5e9 / 2);
  });
});

/**
 * What is remembered has bounds: the oldest entries of the history and the oldest runs go. They are too many to get there
 * by backups, so the manager is built with lower ones here.
 */
const ENTRIES = 20;
const RUNS = 6;
/** More than fit, by a few pages. */
const FAILURES = 14;

/** Ends of paths, with what is replaced there. */
const LOWER = [
  ['/store/history.ts', 'MAX_ENTRIES = 100_000n', `MAX_ENTRIES = ${ENTRIES}n`],
  ['/store/journal.ts', 'MAX_CLOSED_RUNS = 10_000n', `MAX_CLOSED_RUNS = ${RUNS}n`],
] as const;

async function managerWithLowBounds(): Promise<Uint8Array> {
  const did = createRequire(import.meta.url).resolve('@canister-backup/backup-manager/did');
  const dist = mkdtempSync(join(tmpdir(), 'manager-with-low-bounds-'));
  const done = new Set<string>();
  const rewrite = (path: string, source: string) => {
    const [file, find, put] = LOWER.find(([end]) => path.endsWith(end)) ?? [];
    if (file === undefined || find === undefined || put === undefined || !source.includes(find)) return source;
    done.add(file);
    return source.replace(find, put);
  };
  try {
    const { gzipPath } = await buildCanister(dirname(dirname(did)), { dist, rewrite });
    expect([...done].sort()).toEqual(LOWER.map(([file]) => file));
    return new Uint8Array(readFileSync(gzipPath));
  } finally {
    rmSync(dist, { recursive: true });
  }
}

let module: Uint8Array;
let world: World;
let canister: Principal;

const opt = <T>(value: T | undefined): [] | [T] => (value === undefined ? [] : [value]);

function historyPage(before: bigint | undefined, limit: number) {
  return taken(world.ask('history', [[{ canister: [], before: opt(before), limit: [limit] }]]));
}

function runsPage(before: bigint | undefined, of: [] | [Principal]) {
  return taken(world.ask('runs', [[{ canister: of, before: opt(before), limit: [4] }]]));
}

/** All items, page by page, newest first. */
function walk<Item>(page: (cursor: bigint | undefined) => { items: Item[]; next: [] | [bigint] }): Item[] {
  const items: Item[] = [];
  let cursor: bigint | undefined;
  do {
    const { items: more, next } = page(cursor);
    items.push(...more);
    cursor = next[0];
  } while (cursor !== undefined);
  return items;
}

const down = (from: bigint, count: number) => Array.from({ length: count }, (_, index) => from - BigInt(index));

describe('past its bound', () => {
  /** One good backup, and then more failed ones than are remembered. */
  beforeAll(async () => {
    module = await managerWithLowBounds();
    const deployed = deploy(1);
    const manager = deployed.create(module);
    deployed.setControllers(deployed.chat, [DEVELOPER, manager]);
    world = new World(deployed.ic, { manager, chats: [deployed.chat] });
    canister = Principal.fromText(world.chat);
    world.register();
    world.append('kept');
    world.backup();
    world.setControllers(world.chat, [DEVELOPER]);
    world.ic.setTime(world.ic.time() + 60n * SECOND);
    for (let failure = 0; failure < FAILURES; failure += 1) refused(world.ask('backup', [canister]));
  });

  it('the history keeps the newest entries, page by page up to the cut, and its head still vouches for them', () => {
    const { total, head } = historyPage(undefined, 1);
    expect(total).toBeGreaterThan(ENTRIES);
    const items = walk<CandidHistoryEntry<Principal>>((cursor) => historyPage(cursor, 7));
    expect(items.map(({ number }) => number)).toEqual(down(total, ENTRIES));
    const links: ChainLink[] = items.map(linkOf);
    expect(chainProblem(links, Uint8Array.from(head))).toBeUndefined();
    const forged = links.with(-1, { ...links.at(-1)!, entry: { ...links.at(-1)!.entry, actor: 'somebody else' } });
    expect(chainProblem(forged, Uint8Array.from(head))).toContain(`entry ${links.at(-1)!.entry.n}`);
  });

  it('what is asked for behind the cut is nothing, and no page follows', () => {
    const oldest = historyPage(undefined, 1).total - BigInt(ENTRIES) + 1n;
    expect(historyPage(oldest + 1n, 7)).toMatchObject({ items: [{ number: oldest }], next: [] });
    for (const before of [oldest, oldest - 1n, 1n])
      expect(historyPage(before, 7)).toMatchObject({ items: [], next: [] });
  });

  it('the journal keeps the newest runs, of all targets and of one, and counts them all', () => {
    const total = BigInt(FAILURES + 1);
    for (const of of [[], [canister]] as ([] | [Principal])[]) {
      expect(walk((cursor) => runsPage(cursor, of)).map(({ run_id }) => run_id)).toEqual(down(total, RUNS));
      expect(runsPage(undefined, of).total).toBe(total);
      expect(runsPage(total - BigInt(RUNS) + 1n, of)).toMatchObject({ items: [], next: [] });
    }
  });

  it('a snapshot outlives the run that took it, and an upgrade leaves all of this as it is', () => {
    const { total } = historyPage(undefined, 1);
    const { manager } = world.names;
    const upgrade = { mode: { upgrade: [] }, canister_id: Principal.fromText(manager), wasm_module: module };
    world.manage('install_code', { ...upgrade, arg: new Uint8Array() });
    const items = walk<CandidHistoryEntry<Principal>>((cursor) => historyPage(cursor, 7));
    expect(items.map(({ number }) => number)).toEqual(down(total + 1n, ENTRIES));
    expect(chainProblem(items.map(linkOf), Uint8Array.from(historyPage(undefined, 1).head))).toBeUndefined();
    world.setControllers(world.chat, [DEVELOPER, manager]);
    world.append('lost');
    expect(taken(world.ask('restore', []))).toMatchObject({ run_id: BigInt(FAILURES + 2) });
    expect(world.dump()).toEqual(['kept']);
  });
});
