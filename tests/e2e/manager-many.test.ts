/**
 * What a manager with many targets costs where it looks at all of them: an upgrade, and queries. The targets are put
 * into stable memory by a build whose import believes what it is told. `npm test` has a few and reckons for the most;
 * `MANY_TARGETS=10000` has them all.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildCanister } from '@canister-backup/canister-build';
import {
  type CatalogEntry,
  DEFAULT_POLICY,
  encodeSnapshotId,
  joinItems,
  MAX_TARGETS,
  principalToText,
  type TargetItem,
  writeItem,
  writePolicy,
} from '@canister-backup/shared';
import { beforeAll, describe, expect, it } from 'vitest';
import { deploy, HOUR, taken, World } from './manager-world.ts';

const MANY = Number(process.env.MANY_TARGETS ?? 150);
const SNAPSHOTS = process.env.MANY_TARGETS === undefined ? 2 : 8;
const FEW = 100;
const PAGE = 50;

/** Ends of paths, with what is replaced there: the IC is not asked, and the list is what the state says. */
const BELIEVE = [
  ['/api/import.ts', '(await listControlled(canister))', 'item.snapshots'],
  ['/api/import.ts', 'for (const entry of entries) recordSnapshot(entry);', 'recordAll(canister, entries);'],
  ['/api/import.ts', 'recordSnapshot, restoredIn', 'recordAll, restoredIn'],
  [
    '/store/canisters.ts',
    'export function forgetSnapshot',
    'export function recordAll(canister, snapshots) { canisters.insert(canister, { ...get(canister), snapshots }); }\nexport function forgetSnapshot',
  ],
] as const;

async function believingManager(): Promise<Uint8Array> {
  const did = createRequire(import.meta.url).resolve('@canister-backup/backup-manager/did');
  const dist = mkdtempSync(join(tmpdir(), 'manager-that-believes-'));
  const done = new Set<string>();
  const rewrite = (path: string, source: string) =>
    BELIEVE.filter(([end]) => path.endsWith(end)).reduce((text, [, find, put]) => {
      if (!text.includes(find)) throw new Error(`${path} has no ${find}`);
      done.add(find);
      return text.replace(find, put);
    }, source);
  try {
    const { gzipPath } = await buildCanister(dirname(dirname(did)), { dist, rewrite });
    expect(done.size).toBe(BELIEVE.length);
    return new Uint8Array(readFileSync(gzipPath));
  } finally {
    rmSync(dist, { recursive: true });
  }
}

/** As the IC numbers them, and far from those that a local network gives. */
function canisterOf(number: number): string {
  const bytes = new Uint8Array(10);
  new DataView(bytes.buffer).setUint32(4, 0x400000 + number);
  bytes.set([1, 1], 8);
  return principalToText(bytes);
}

function itemOf(number: number, now: bigint): TargetItem {
  const canister = canisterOf(number);
  const snapshots = Array.from({ length: SNAPSHOTS }, (_, at): CatalogEntry => {
    const id = Buffer.from(encodeSnapshotId({ canister, number: BigInt(at) })!).toString('hex');
    return {
      id,
      canister,
      takenAt: now - BigInt(SNAPSHOTS - at) * HOUR,
      size: 80_000_000n,
      runId: BigInt(number * SNAPSHOTS + at + 1),
      mode: 'stop',
      moduleHash: 'ab'.repeat(32),
      version: 12n,
      state: 'complete',
      good: true,
      versionAfter: 13n,
    };
  });
  const policy = writePolicy(DEFAULT_POLICY);
  return { kind: 'target', canister, registered: { policy, registeredAt: now, next: now + 6n * HOUR }, snapshots };
}

interface Cost {
  readonly instructions: number;
  readonly bytes: number;
}

let few: World;
let many: World;
let instructions = 0n;

const executed = ({ instructions: more }: { instructions: bigint }) => {
  instructions += more;
};
const costOf = (act: () => number): Cost => {
  instructions = 0n;
  const bytes = act();
  return { instructions: Number(instructions), bytes };
};

/** From so many to so many targets, in one world. */
function fill(world: World, from: number, to: number): void {
  const now = world.ic.time();
  for (let at = from; at < to; at += PAGE) {
    const items = Array.from({ length: Math.min(PAGE, to - at) }, (_, i) => writeItem(itemOf(at + i, now)));
    const state = Buffer.from(joinItems(items));
    taken(world.ask('import_state', [{ state, apply: true, roles: [] }]));
  }
}

beforeAll(async () => {
  const deployed = deploy(1);
  const manager = deployed.create(await believingManager());
  const filler = new World(deployed.ic.fork({ interceptor: { executed } }), { manager, chats: deployed.names.chats });
  fill(filler, 0, FEW);
  few = filler.fork({ executed });
  fill(filler, FEW, MANY);
  many = filler;
  for (const world of [few, many]) {
    world.settle();
    taken(world.ask('set_settings', [{ public_http: [true] }]));
  }
}, 3_600_000);

/** The limits of an upgrade and of a query, in instructions (replica). */
const UPGRADE = 300e9;
const QUERY = 5e9;
/** The most that an answer may have, in bytes. */
const ANSWER = 2_000_000;

const page = (url: string) => (world: World) => {
  const request = { method: 'GET', url, headers: [], body: new Uint8Array(), certificate_version: [] as [] };
  return world.ask('http_request', [request]).body.length;
};
const asked = (ask: (world: World) => unknown) => (world: World) => {
  ask(world);
  return 0;
};
const LOOKS: Readonly<Record<string, (world: World) => number>> = {
  status: asked((world) => taken(world.ask('status', []))),
  targets: asked((world) => taken(world.ask('targets', [[]]))),
  snapshots: asked((world) => taken(world.ask('snapshots', [[]]))),
  health: asked((world) => taken(world.ask('health', [[]]))),
  export_state: (world) => taken(world.ask('export_state', [{ after: [], roles: [] }])).state.length,
  '/': page('/'),
  '/metrics': page('/metrics'),
  '/health': page('/health'),
};

/** What costs more of targets that are not well. */
const SUFFER = ['health', '/', '/metrics', '/health'];

describe(`with ${MANY} targets of ${SNAPSHOTS} snapshots each`, () => {
  /** What it would be with the most targets there may be, in a straight line through both. */
  const reckoned = (a: number, b: number) => Math.max(b, a + ((b - a) / (MANY - FEW)) * (MAX_TARGETS - FEW));

  it('an upgrade takes a small part of what it may', () => {
    const [a, b] = [few, many].map((world) => costOf(() => asked((w) => w.upgradeManager())(world)).instructions);
    const most = reckoned(a!, b!);
    console.log(`upgrade: ${b} instructions; ${Math.round(most)} with ${MAX_TARGETS}`);
    expect(most).toBeLessThan(UPGRADE / 4);
  });

  it.each(Object.keys(LOOKS))('%s stays within a query and an answer, also when nothing is well', (name) => {
    for (const ill of SUFFER.includes(name) ? [false, true] : [false]) {
      const worlds = [few, many].map((world) => (ill ? illOf(world) : world.fork({ executed })));
      const [a, b] = worlds.map((world) => costOf(() => LOOKS[name]!(world)));
      const most = reckoned(a!.instructions, b!.instructions);
      console.log(
        `${name}${ill ? ', ill' : ''}: ${b!.instructions} instructions, ${b!.bytes} bytes; ${Math.round(most)} with ${MAX_TARGETS}`,
      );
      expect(most).toBeLessThan(QUERY);
      expect(b!.bytes).toBeLessThan(ANSWER);
    }
  });
});

/** Weeks later, when nothing was backed up: every target has reasons. */
function illOf(world: World): World {
  const ill = world.fork({ executed });
  ill.ic.setTime(ill.ic.time() + 30n * 24n * HOUR);
  ill.ic.tick();
  expect(taken(ill.ask('health', [[{ canister: [], after: [], limit: [1] }]])).critical).toBeGreaterThan(FEW - 10);
  return ill;
}
