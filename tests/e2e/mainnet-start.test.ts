/** `docs/mainnet.md`, from a clone to thirty canisters: every command of these sections, in their order. */
import {
  BYTES_PER_GIB,
  CALLS_OF_A_NEW_RUN,
  LOAD_CYCLES,
  SECONDS_PER_DAY,
  STORAGE_CYCLES_PER_GIB_SECOND,
  TAKE_CYCLES,
} from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import { type CanisterView, createLocalIc, type PrincipalText } from 'local-ic';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { operationOf, sectionsOf, TEXT, WALKED } from './mainnet-doc.ts';
import { Operator } from './mainnet-operator.ts';
import { MANAGEMENT, SECOND, taken, World } from './manager-world.ts';
import { counter } from './pic-canister.ts';

const T = 10n ** 12n;
/** The command that makes the manager a controller of all canisters in a file. */
const LOOP = /^ *(for id in .* dfx .*)$/m.exec(TEXT)?.[1] ?? '';

/** Of the cost table, for 13 and for 34 nodes. */
const ROWS = [...TEXT.matchAll(/^\| (.*) \|$/gm)].map(([, cells = '']) => cells.split('|').map((cell) => cell.trim()));
const row = (what: string) => ROWS.find(([name]) => name?.startsWith(what))?.slice(1, 3);

describe('docs/mainnet.md', () => {
  it('has for each command of dfx one of icp that does the same, and tests for all of them', () => {
    const withCommands = sectionsOf(TEXT).filter(({ steps }) => steps.length > 0);
    expect(withCommands.map(({ title }) => title)).toEqual([...WALKED.start, ...WALKED.operate]);
    expect(withCommands.flatMap(({ steps }) => steps).length).toBeGreaterThan(30);
  });

  it('tells apart what is not the same', () => {
    const wrong = '## A\n```sh\ndfx canister stop a --network ic\nicp canister start a -e ic\n```\n';
    expect(() => sectionsOf(wrong)).toThrow(/does something else/);
    expect(() => sectionsOf('## A\n```sh\ndfx canister stop a --network ic\n```\n')).toThrow(/no command of icp/);
    expect(() => operationOf('dfx canister stop a')).toThrow(/on which network/);
  });
});

describe('the cost table', () => {
  const g = (cycles: number, digits: number) => `${(cycles / 1e9).toFixed(digits)} G`;
  const at34 = (cycles: number) => (cycles * 34) / 13;
  const day = Number(STORAGE_CYCLES_PER_GIB_SECOND * SECONDS_PER_DAY);
  const take = Number(TAKE_CYCLES);
  const load = Number(LOAD_CYCLES);

  it('follows from the prices of the IC, by the nodes of a subnet', () => {
    expect(row('taking')).toEqual([`${g(take, 3)} + 1 per byte`, `${g(at34(take), 3)} + 2.62 per byte`]);
    expect(row('keeping')).toEqual([`${g(day, 2)} per GiB`, `${g(at34(day), 2)} per GiB`]);
    expect(row('loading')).toEqual([`${g(load, 3)} + 1 per byte`, `${g(at34(load), 3)} + 2.62 per byte`]);
    expect(row('compiling')).toEqual([
      '6,000',
      at34(6000)
        .toFixed(0)
        .replace(/(?=...$)/, ','),
    ]);
  });

  it('says what is held back for the calls of four runs at once', () => {
    const perCall = 42_102_152_000n + 260_000n + 1000n * 10_100n;
    const held = Number((CALLS_OF_A_NEW_RUN + 3n * 6n) * perCall);
    expect(row('calls of four runs')).toEqual([held, at34(held)].map((cycles) => `${(cycles / 1e12).toFixed(2)} T`));
  });

  it('has examples that add up', () => {
    const targets = (bytes: number, timesADay: number) =>
      timesADay * (take + bytes) + (8 * bytes * day) / Number(BYTES_PER_GIB);
    expect(row('a canister of 100 MB')?.[0]).toBe(g(targets(1e8, 4), 1));
    expect(row('thirty of them')?.[0]).toBe(g(30 * targets(1e8, 4), 0));
    expect(row('a canister of 1 GiB')?.[0]).toBe(g(targets(Number(BYTES_PER_GIB), 1), 1));
  });
});

describe('from a clone', () => {
  let module: Uint8Array;
  let operator: Operator;
  beforeAll(async () => {
    module = await counter();
  });
  /** Somebody with so many canisters, and no manager. */
  function begin(count: number): void {
    const ic = createLocalIc({ time: 1_767_258_000n * SECOND, rateLimits: true });
    const world = new World(ic, { manager: MANAGEMENT, chats: [] });
    operator = new Operator(ic);
    operator.canisters = Array.from({ length: count }, () => world.create(module));
    operator.names.target = operator.canisters[0] as string;
  }
  afterEach(() => operator.dispose());

  const canister = (id: string) => operator.ic.canister(id as PrincipalText);
  const health = () => taken(operator.ask('health', [[]]));

  it('to thirty canisters and the first snapshot, in six steps', async () => {
    begin(30);
    const walk = operator.walk('From a clone to the first snapshot');
    expect(
      TEXT.split('\n## From a clone')[1]
        ?.split('\n## ')[0]
        ?.match(/^\d\. /gm),
    ).toHaveLength(6);
    await walk.next('build');
    const hash = await walk.next<string>('hash');
    await walk.next('deploy');
    const { moduleHash, controllers } = await walk.next<CanisterView>('info');
    expect(Buffer.from(moduleHash!).toString('hex')).toBe(hash);
    expect(controllers).toEqual([operator.sender]);
    await walk.next('for each');
    const both = [operator.sender, operator.manager].sort();
    for (const id of operator.canisters) expect(canister(id)?.controllers.toSorted()).toEqual(both);

    const { targets, ...file } = walk.json as { targets: unknown[] };
    operator.writePolicies({
      ...file,
      targets: [...targets, ...operator.canisters.slice(1).map((id) => ({ canister: id }))],
    });
    expect(await walk.next('plan')).toBe(0);
    expect(operator.said).toContain(`+ shop ${operator.names.target}`);
    expect(operator.said).toContain('30 to register, 1 to name. None of it deletes a snapshot.');
    expect(operator.said).not.toContain('is no controller');
    expect(await walk.next('apply')).toBe(0);
    expect(await walk.next('backup')).toMatchObject({ Ok: { running: true, snapshot: { good: true } } });
    expect(canister(operator.names.target as string)?.snapshots).toHaveLength(1);
    expect(await walk.next('check')).toBe(0);
    expect(await walk.next('health')).toMatchObject({ Ok: { critical: 0, manager: { level: 'ok' } } });
    walk.end();
  });

  it('with a manager that uses what the table says, and begins no run that it cannot pay until it is topped up', async () => {
    begin(1);
    await operator.do({ does: 'deploy', canister: 'backup-manager', cycles: 2n * T });
    await operator.do(operationOf(LOOP.replace('<manager>', operator.manager)));
    const target = Principal.fromText(operator.canisters[0] as string);
    taken(operator.ask('register', [{ canister: target, policy: [] }]));
    const used = (what: () => void) => {
      const before = operator.ic.cycles(operator.manager);
      what();
      return Number(before - operator.ic.cycles(operator.manager)) / 1e9;
    };
    const pass = (seconds: bigint) => {
      operator.ic.setTime(operator.ic.time() + seconds * SECOND);
      operator.ic.tick();
    };
    taken(operator.ask('pause', [{ canister: [] }]));
    expect(used(() => pass(86_400n)).toFixed(1)).toBe('1.5');
    const backup = used(() => taken(operator.ask('backup', [target])));
    expect(`about ${backup.toFixed(1)} G`).toBe(ROWS.find(([name]) => name === 'a backup')?.[1]);

    operator.ic.addCycles(operator.manager, T / 5n - operator.ic.cycles(operator.manager));
    pass(60n);
    const { version } = canister(target.toText())!;
    expect(operator.ask('backup', [target])).toMatchObject({ Err: { code: 'not_enough_cycles' } });
    expect(health().manager.reasons).toMatchObject([{ level: 'critical', code: 'manager_under_budget' }]);
    expect(canister(target.toText())).toMatchObject({ status: 'running', version });

    const walk = operator.walk('Cycles of the manager');
    await walk.next('top-up');
    taken(operator.ask('backup', [target]));
    const before = health().manager;
    expect(before).toMatchObject({ level: 'ok' });
    await walk.next('settings');
    walk.end();
    pass(60n);
    taken(operator.ask('backup', [target]));
    const frozen = before.liquid_cycles[0]! - health().manager.liquid_cycles[0]!;
    expect(frozen).toBeGreaterThan(80n * 10n ** 9n);
    expect(frozen).toBeLessThan(100n * 10n ** 9n);
  });
});
