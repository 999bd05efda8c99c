/**
 * Bad input: arbitrary values, mutated messages and arbitrary bytes for every method, from everybody. What cannot be
 * decoded is rejected by the guard, what can gets one of our codes; never a stuck lock, never lost state.
 */
import { backupManagerIdlFactory, ERROR_CODES } from '@canister-backup/shared';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEVELOPER, deploy, HOUR, STRANGER, taken, type World } from './manager-world.ts';

const SERVICE = backupManagerIdlFactory<IDL.ServiceClass>({ IDL });
const METHODS = SERVICE._fields as [string, IDL.FuncClass][];

let deployed: World;

beforeAll(() => {
  deployed = deploy(2);
  deployed.register();
  deployed.backup();
  deployed.ic.tick();
});

/** Any value of a Candid type, with the canisters of the world among the principals. */
function anyOf(type: IDL.Type): fc.Arbitrary<unknown> {
  const [name, inner] = [type.name, type as unknown as { _type: IDL.Type; _fields: [string, IDL.Type][] }];
  if (type instanceof IDL.RecordClass) {
    const fields = inner._fields.map(([field, of]) => [field, anyOf(of)]);
    const record = fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, {
      noNullPrototype: true,
    });
    return type instanceof IDL.TupleClass ? fc.tuple(...inner._fields.map(([, of]) => anyOf(of))) : record;
  }
  if (type instanceof IDL.VariantClass) {
    return fc.oneof(...inner._fields.map(([tag, of]) => anyOf(of).map((value) => ({ [tag]: value }))));
  }
  if (type instanceof IDL.OptClass)
    return fc.oneof(
      fc.constant([]),
      anyOf(inner._type).map((value) => [value]),
    );
  if (type instanceof IDL.VecClass) return fc.array(anyOf(inner._type), { maxLength: 20 });
  if (name === 'principal') return principals();
  if (name === 'text')
    return fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('/', '/health', 'GET', '* * * * *'));
  if (name === 'bool') return fc.boolean();
  if (name === 'null') return fc.constant(null);
  const bits = /^nat(\d+)$/.exec(name)?.[1];
  const max = 2n ** BigInt(bits ?? 90) - 1n;
  const natural = fc.oneof(fc.bigInt({ min: 0n, max }), fc.bigInt({ min: 0n, max: 9n }), fc.constant(max));
  return bits !== undefined && Number(bits) <= 32 ? natural.map(Number) : natural;
}

function principals(): fc.Arbitrary<Principal> {
  const { manager, chats } = deployed.names;
  const known = fc
    .constantFrom('aaaaa-aa', '2vxsx-fae', manager, ...chats, DEVELOPER)
    .map((text) => Principal.fromText(text));
  return fc.oneof(
    known,
    fc.uint8Array({ maxLength: 29 }).map((bytes) => Principal.fromUint8Array(bytes)),
  );
}

function messages(method: IDL.FuncClass): fc.Arbitrary<Uint8Array> {
  const values = fc.tuple(...method.argTypes.map(anyOf));
  const whole = values.map((args) => new Uint8Array(IDL.encode(method.argTypes, args)));
  const mutated = fc.tuple(whole, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([bytes, at, flip]) => {
    const changed = Uint8Array.from(bytes);
    if (changed.length > 0) changed[at % changed.length]! ^= flip;
    return changed;
  });
  return fc.oneof(whole, mutated, fc.uint8Array({ maxLength: 60 }));
}

/** The answer: decoded, or undefined if the guard rejected the bytes. */
function send(world: World, [name, method]: [string, IDL.FuncClass], payload: Uint8Array, sender = DEVELOPER): unknown {
  const request = { sender, canisterId: world.names.manager, method: name, payload };
  const query = method.annotations.includes('query');
  const result = query ? world.ic.query(request) : world.ic.call(request);
  if (result.kind === 'reply') return IDL.decode(method.retTypes, new Uint8Array(result.data))[0];
  // No path of the machine that built it is in what a client reads.
  expect(result.reject.message).not.toMatch(/\/(home|root|work|tmp|Users)\//);
  return undefined;
}

/** All that a client can see, but for time and cycles. */
function seen(world: World): unknown {
  const { now: _, cycles: __, ...status } = taken(world.ask('status', []));
  const { total, head } = taken(world.ask('history', [[]]));
  return [
    status,
    total,
    head,
    taken(world.ask('targets', [[]])),
    taken(world.ask('snapshots', [[]])),
    taken(world.ask('roles', [])),
  ];
}

/** The refusal in an answer; `proxy` speaks icp-cli's language instead of ours. */
function refusalIn(answer: unknown): { readonly code: string; readonly message: string } | undefined {
  const { Err } = Object(answer) as { Err?: Record<string, unknown> };
  if (Err === undefined || 'code' in Err) return Err as { code: string; message: string } | undefined;
  if ('UnauthorizedUser' in Err) return { code: 'caller_not_allowed', message: 'UnauthorizedUser' };
  const [, code = '', message = ''] = /^(\w+): (.*)$/s.exec((Err.CallFailed as { reason: string }).reason) ?? [];
  return { code, message };
}

/** Per method; `FUZZ_RUNS=200` for longer. */
const budget = { numRuns: Number(process.env.FUZZ_RUNS ?? 6) };

describe('bad input', () => {
  it.each(METHODS.map(([name]) => name))('to %s leaves the manager working, and every refusal has a code', (name) => {
    const entry = METHODS.find(([other]) => other === name)!;
    fc.assert(
      fc.property(messages(entry[1]), (payload) => {
        const world = deployed.fork();
        const refusal = refusalIn(send(world, entry, payload));
        if (refusal !== undefined) {
          expect(ERROR_CODES).toContain(refusal.code);
          expect(refusal.message.length).toBeGreaterThan(0);
        }
        world.pass(120n * 1_000_000_000n);
        expect(taken(world.ask('status', [])).open_runs).toEqual([]);
        expect(world.ic.canister(world.chat)!.status).toBe('running');
        expect(world.snapshots().length).toBeGreaterThan(0);
      }),
      budget,
    );
  });

  it('of a stranger changes nothing, whatever it is and wherever it goes', () => {
    const world = deployed.fork();
    const before = seen(world);
    const any = fc
      .nat(METHODS.length - 1)
      .chain((at) => fc.tuple(fc.constant(METHODS[at]!), messages(METHODS[at]![1])));
    fc.assert(
      fc.property(any, ([entry, payload]) => {
        const answer = send(world, entry, payload, STRANGER) as object | undefined;
        if (answer !== undefined && entry[0] !== 'http_request') {
          expect(refusalIn(answer)).toMatchObject({ code: 'caller_not_allowed' });
        }
      }),
      { numRuns: budget.numRuns * 10 },
    );
    expect(seen(world)).toEqual(before);
  });

  it('that the guard rejects changes nothing, and the next backup by the timer comes', () => {
    const world = deployed.fork();
    const before = seen(world);
    const any = fc.tuple(fc.nat(METHODS.length - 1), fc.uint8Array({ maxLength: 200 }));
    fc.assert(
      fc.property(any, ([at, payload]) => {
        expect(send(world, METHODS[at]!, payload)).toBeUndefined();
      }),
      { numRuns: budget.numRuns * 10 },
    );
    expect(seen(world)).toEqual(before);
    world.pass(HOUR);
    expect(world.runs()[0]).toMatchObject({ asked_by: 'timer', outcome: 'succeeded' });
  });
});
