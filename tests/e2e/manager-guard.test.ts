/**
 * What it costs the canisters to refuse. Bytes that are dear to a decoder go to every method, from who has no role and from
 * who has one, by canisters, which no `inspect_message` looks at; inside `proxy`; to queries that are called as updates; to
 * chat. `GUARD_SHAPES=20000` sends more, `GUARD_FULL=1` sends each on every way.
 */
import { backupManagerIdlFactory, encodeRefusal } from '@canister-backup/shared';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { ExecutionResultEvent, PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeLog, encodePlan, type Step } from '../harness/plan.ts';
import { watFile } from '../harness/wat.ts';
import { DEVELOPER, deploy, EMPTY_ARGUMENTS, replyOf, taken, type World } from './manager-world.ts';
import { type Shape, shapesFrom } from './shapes.ts';

const SERVICE = backupManagerIdlFactory<IDL.ServiceClass>({ IDL });
const METHODS = (SERVICE._fields as [string, IDL.FuncClass][]).map(([name]) => name);
const QUERIES = (SERVICE._fields as [string, IDL.FuncClass][])
  .filter(([name, { annotations }]) => annotations.includes('query') && name !== 'http_request')
  .map(([name]) => name);
const NAMES = new Set([...METHODS, 'append', 'dump', 'remove_spam']);

/** Instructions. local-ic counts fewer than a replica where bytes are moved, so the bounds leave room. */
const STRANGER_LIMIT = 2_000_000n;
const ROLE_LIMIT = 30_000_000n;
/** Instructions for each byte of who has a role. */
const PER_BYTE = 500n;

const COUNT = Number(process.env.GUARD_SHAPES ?? 1_000);
const SHAPES = shapesFrom(10, COUNT);

let world: World;
/** Canisters that make calls: one without a role, one that may view. */
let stranger: PrincipalText;
let viewer: PrincipalText;
const executed: ExecutionResultEvent[] = [];

beforeAll(async () => {
  const deployed = deploy(1);
  const wasm = await watFile('proxy');
  stranger = deployed.create(wasm);
  viewer = deployed.create(wasm);
  deployed.register();
  deployed.backup();
  const who = Principal.fromText(viewer);
  for (const role of [{ viewer: null }, { operator: null }])
    taken(deployed.ask('grant', [{ who, role, canister: [Principal.fromText(deployed.chat)] }]));
  world = deployed.fork({ executed: (event) => void executed.push(event) });
});

interface Sent {
  readonly shape: Shape;
  readonly method: string;
  readonly payload: Uint8Array;
}

interface Cost extends Sent {
  readonly instructions: bigint;
  /** Whether it was answered with what was asked for. */
  readonly answered: boolean;
}

/** Has a canister send all of it, and says what each execution of the receiver cost. */
function sendAll(from: PrincipalText, to: PrincipalText, sent: readonly Sent[]): Cost[] {
  const costs: Cost[] = [];
  for (const batch of batches(sent)) {
    executed.length = 0;
    const callee = Principal.fromText(to) as unknown as Step['callee'];
    const plan = encodePlan(batch.map(({ method, payload }) => ({ callee, method, payload })));
    const fork = world.fork({ executed: (event) => void executed.push(event) });
    replyOf(fork.ic.call({ sender: DEVELOPER, canisterId: from, method: 'launch', payload: plan }), 'launch');
    fork.settle();
    const log = fork.ic.query({ sender: DEVELOPER, canisterId: from, method: 'read', payload: new Uint8Array() });
    const answers = decodeLog(replyOf(log, 'read'));
    expect(answers).toHaveLength(batch.length);
    const answered = new Map(
      answers.map(({ step, code, data }) => [step, code === 0 && !isRefusal(batch[step]!.method, data)]),
    );
    const received = executed.filter((event) => event.canisterId === to && NAMES.has(event.method));
    expect(received).toHaveLength(batch.length);
    costs.push(
      ...batch.map((one, i) => ({ ...one, instructions: received[i]!.instructions, answered: answered.get(i)! })),
    );
  }
  return costs;
}

/** As many as the sending canister can hold, and its queue takes. */
function batches(sent: readonly Sent[]): Sent[][] {
  const all: Sent[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const one of sent) {
    if (bytes + one.payload.length > 1_500_000 || all.at(-1)!.length === 400) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)!.push(one);
    bytes += one.payload.length + 100;
  }
  return all;
}

/** Refusals begin with the same bytes in all methods, but for `proxy`, which is given nothing here that it could do. */
function isRefusal(method: string, data: Uint8Array): boolean {
  const bytes = Buffer.from(data);
  if (method === 'http_request') return bytes.includes('caller_not_allowed');
  return method === 'proxy' || bytes.subarray(0, HEAD.length).equals(HEAD);
}

const HEAD = Buffer.from(encodeRefusal({ code: '', message: '', context: [] })).subarray(0, -3);

function report(what: string, costs: readonly Cost[]): void {
  const dearest = costs.reduce((most, cost) => (cost.instructions > most.instructions ? cost : most));
  const { instructions, method, shape, payload } = dearest;
  console.log(
    `${what}: ${costs.length} messages, the dearest ${instructions} instructions (${method}, ${shape.kind}, ${payload.length} bytes)`,
  );
}

function expectWithin(costs: readonly Cost[], limit: bigint, perByte = 0n): void {
  const over = costs.filter(({ instructions, payload }) => instructions > limit + perByte * BigInt(payload.length));
  expect(over.map(({ shape, method, instructions }) => [shape.kind, method, instructions])).toEqual([]);
}

const to = (methods: readonly string[], shapes = SHAPES) =>
  shapes.map((shape, i): Sent => ({ shape, method: methods[i % methods.length]!, payload: shape.bytes }));

/** Of the ways that cost most time each shape goes one in turn; `GUARD_FULL=1` sends each on all. */
const turn = (way: number) => SHAPES.filter((_, i) => process.env.GUARD_FULL === '1' || i % 3 === way);

function inProxy(shape: Shape): Sent {
  const method = ['stop_canister', 'take_canister_snapshot', 'load_canister_snapshot', 'canister_status'][
    shape.bytes.length % 4
  ]!;
  const arg = { canister_id: Principal.managementCanister(), method, args: shape.bytes, cycles: 0n };
  return { shape, method: 'proxy', payload: new Uint8Array(IDL.encode(PROXY.argTypes, [arg])) };
}

const PROXY = SERVICE._fields.find(([name]) => name === 'proxy')![1] as IDL.FuncClass;

describe('the guard of the manager', () => {
  it('refuses who has no role for the same small price, whatever was sent', () => {
    const costs = sendAll(stranger, world.names.manager, to(METHODS));
    report('no role', costs);
    expect(costs.filter(({ answered }) => answered)).toEqual([]);
    expectWithin(costs, STRANGER_LIMIT);
  });

  it.each([
    ['to every method', () => to(METHODS, turn(0))],
    ['inside proxy', () => turn(1).map(inProxy)],
    ['to queries that are called as updates', () => to(QUERIES, turn(2))],
  ])('bounds what who has a role can make it read: %s', (way, sent) => {
    const costs = sendAll(viewer, world.names.manager, sent()).filter(({ answered }) => !answered);
    report(`a role, ${way}`, costs);
    expectWithin(costs, ROLE_LIMIT, PER_BYTE);
  });

  it('keeps the cycles that came with a call that it refuses, and no others', () => {
    const attached = (from: PrincipalText) => {
      const fork = world.fork();
      const callee = Principal.fromText(world.names.manager) as unknown as Step['callee'];
      const plan = encodePlan([{ callee, method: 'status', payload: EMPTY_ARGUMENTS, cycles: 1_000_000_000n }]);
      const before = fork.ic.cycles(world.names.manager);
      replyOf(fork.ic.call({ sender: DEVELOPER, canisterId: from, method: 'launch', payload: plan }), 'launch');
      fork.settle();
      return fork.ic.cycles(world.names.manager) - before;
    };
    expect(attached(stranger)).toBeGreaterThan(980_000_000n);
    expect(attached(viewer)).toBeLessThan(0n);
  });
});

describe('the guard of the chat', () => {
  it('bounds what anybody can make it read', () => {
    const costs = sendAll(stranger, world.chat, to(['append', 'dump', 'remove_spam'], turn(0)));
    report('chat', costs);
    expectWithin(costs, ROLE_LIMIT, PER_BYTE);
  });
});
