/** Health as a query and over HTTP, on the real Wasm. */
import { Principal } from '@dfinity/principal';
import { verifyRequestResponsePair } from '@dfinity/response-verification';
import { beforeAll, describe, expect, it } from 'vitest';
import { deploy, HOUR, refused, SECOND, STRANGER, taken, type World } from './manager-world.ts';

let deployed: World;
let world: World;

beforeAll(() => {
  deployed = deploy(2);
  for (const chat of deployed.names.chats) deployed.register(chat);
  for (const chat of deployed.names.chats) deployed.backup(chat);
});

const health = () => taken(world.ask('health', [[]]));

/** What is wrong with the first chat, and with the manager. */
const wrong = () => ({
  chat: health()
    .items.find(({ canister }) => canister.toText() === world.chat)!
    .reasons.map(({ level, code }) => `${level} ${code}`),
  manager: health().manager.reasons.map(({ code }) => code),
});

function get(url: string, method = 'GET') {
  const request = { method, url, headers: [], body: new Uint8Array(), certificate_version: [2] as [number] };
  const response = world.ask('http_request', [request], STRANGER) as unknown as {
    status_code: number;
    headers: [string, string][];
    body: Uint8Array;
  };
  return { request, response, status: response.status_code, text: Buffer.from(response.body).toString() };
}

function openHttp(): void {
  expect(taken(world.ask('set_settings', [{ public_http: [true] }]))).toEqual({ public_http: [true] });
}

describe('health', () => {
  it('is ok after a backup, with what is known of target and manager', () => {
    world = deployed.fork();
    const { level, ok, manager, items } = health();
    expect({ level, ok, reasons: manager.reasons }).toEqual({ level: 'ok', ok: 2, reasons: [] });
    expect(manager.liquid_cycles[0]).toBeGreaterThan(10n ** 12n);
    expect(items[0]).toMatchObject({ failures: 0, snapshots: 1, target_status: ['running'], slots_free: 9 });
    expect(items[0]!.bytes).toBeGreaterThan(1_000_000n);
    expect(items[0]!.cycles[0]).toBeGreaterThan(10n ** 12n);
    expect(items[0]!.runway_days[0]).toBeGreaterThan(30n);
  });

  it('warns of a target that will freeze, though it runs', () => {
    world = deployed.fork();
    const status = world.about('canister_status', world.chat) as { idle_cycles_burned_per_day: bigint };
    // With those of thirty days it freezes, and a backup wants more than that to be left.
    world.ic.addCycles(world.chat, 55n * status.idle_cycles_burned_per_day - world.ic.cycles(world.chat));
    world.pass(HOUR);
    expect(wrong().chat).toEqual(['warn failures', 'warn target_cycles']);
    expect(health().items[0]).toMatchObject({ failures: 1, runway_days: [24n] });
  });

  it('is critical after a due time that passed while the manager was stopped, and ok after the run', () => {
    world = deployed.fork();
    const { manager } = world.names;
    world.about('stop_canister', manager);
    world.ic.setTime(world.ic.time() + 2n * HOUR);
    world.about('start_canister', manager);
    expect(wrong().chat).toEqual(['critical missed_run', 'warn not_seen']);
    world.settle();
    expect(wrong().chat).toEqual([]);
  });

  it('is critical while a target is stopped by somebody, and says which command helps', () => {
    world = deployed.fork();
    world.about('stop_canister', world.chat);
    world.pass(HOUR);
    expect(wrong().chat).toEqual(['critical target_not_running']);
    expect(health()).toMatchObject({ level: 'critical', ok: 1, critical: 1 });
    const [target] = taken(
      world.ask('health', [[{ canister: [Principal.fromText(world.chat)], after: [], limit: [] }]]),
    ).items;
    expect(target!.reasons[0]!.message).toContain(`\`dfx canister start ${world.chat}\``);
    world.about('start_canister', world.chat);
    world.pass(HOUR);
    expect(wrong().chat).toEqual([]);
  });

  it('warns of backups that fail, and is critical once none has succeeded for two intervals', () => {
    world = deployed.fork();
    world.setControllers(world.chat, []);
    world.pass(HOUR + 60n * SECOND);
    expect(wrong().chat).toEqual(['critical control_lost', 'warn failures']);
    world.pass(2n * HOUR);
    expect(wrong().chat).toEqual([
      'critical control_lost',
      'critical missed_run',
      'critical no_good_snapshot',
      'warn failures',
    ]);
  });

  it('is critical when the manager cannot pay for one more run', () => {
    world = deployed.fork();
    const { manager } = world.names;
    // A run needs 16 calls of about 42.1 G; that it cannot be paid is known before one is tried.
    world.ic.addCycles(manager, 600_000_000_000n - world.ic.cycles(manager));
    expect(wrong().manager).toEqual(['manager_under_budget']);
    world.ask('backup', [Principal.fromText(world.chat)]);
    expect(wrong().manager).toEqual(['manager_under_budget']);
    expect(health().level).toBe('critical');
  });

  it('is for those who may view, each for what it may', () => {
    world = deployed.fork();
    expect(refused(world.ask('health', [[]], STRANGER)).code).toBe('caller_not_allowed');
    const mine = Principal.fromText(world.chat);
    taken(world.ask('grant', [{ who: Principal.fromText(STRANGER), role: { viewer: null }, canister: [mine] }]));
    const { items, ok } = taken(world.ask('health', [[]], STRANGER));
    expect([items.map(({ canister }) => canister.toText()), ok]).toEqual([[world.chat], 1]);
  });

  it('comes in pages, and counts all of them', () => {
    world = deployed.fork();
    const first = taken(world.ask('health', [[{ canister: [], after: [], limit: [1] }]]));
    expect([first.items.length, first.ok]).toEqual([1, 2]);
    const second = taken(world.ask('health', [[{ canister: [], after: first.next, limit: [1] }]]));
    expect([second.items.length, second.next]).toEqual([1, []]);
    expect(second.items[0]!.canister.toText()).not.toBe(first.items[0]!.canister.toText());
  });
});

describe('over HTTP', () => {
  it('everybody sees levels and counts, and nothing else until it is opened', () => {
    world = deployed.fork();
    for (const url of ['/', '/health', '/metrics']) {
      const { status, text } = get(url);
      expect(status).toBe(200);
      for (const name of [...world.names.chats, world.names.manager]) expect(text).not.toContain(name);
      expect(text).not.toMatch(/cycles/);
    }
    expect(get(`/health/${world.chat}`).status).toBe(404);
    openHttp();
    for (const url of ['/', '/health', '/metrics', `/health/${world.chat}`]) {
      expect(get(url).text).toContain(world.chat);
    }
    expect(get('/metrics').text).toMatch(/^canister_backup_manager_cycles \d+$/m);
    world.upgradeManager();
    expect(get('/health').text).toContain(world.chat);
  });

  it('answers 503 for what is critical, of all or of that target', () => {
    world = deployed.fork();
    openHttp();
    world.about('stop_canister', world.chat);
    world.pass(HOUR);
    const [, other] = world.names.chats;
    expect([get('/health').status, get(`/health/${world.chat}`).status, get(`/health/${other}`).status]).toEqual([
      503, 503, 200,
    ]);
    expect([get('/').status, get('/metrics').status]).toEqual([200, 200]);
  });

  it('passes what gateways verify, at any path, and fails once the answer is not the manager’s', () => {
    world = deployed.fork();
    openHttp();
    world.ic.tick();
    const canister = Principal.fromText(world.names.manager).toUint8Array();
    const verify = (pair: Pick<ReturnType<typeof get>, 'request' | 'response'>, id = canister) =>
      verifyRequestResponsePair(pair.request, pair.response, id, world.ic.time(), 300n * SECOND, world.ic.rootKey(), 2);
    for (const url of ['/', '/health?x=1', '/metrics', `/health/${world.chat}`, '/nothing/here']) {
      expect(verify(get(url)).verificationVersion).toBe(2);
    }
    const good = get('/health');
    expect(() => verify(good, Principal.fromText(world.chat).toUint8Array())).toThrow();
    const headers = good.response.headers.map(([name, value]): [string, string] => [
      name,
      value.replace('no_certification:Empty{}', 'no_certification:Empty{ }'),
    ]);
    expect(() => verify({ ...good, response: { ...good.response, headers } })).toThrow();
  });
});
