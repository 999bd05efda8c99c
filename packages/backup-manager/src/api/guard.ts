/**
 * The way into every public method. First the caller: who has no role and no control of the manager is refused with
 * nothing read, so that a refusal costs the same whatever was sent. Then the argument, in one bounded walk
 * (`boundsOf`). Then the method, whose answer goes out in the execution that has it: effects and reply are kept together
 * or not at all. A method that ends without a reply, because it trapped, is rejected by the IC.
 */
import {
  backupManagerTypes,
  boundsOf,
  type CandidError,
  type ErrorValue,
  encodeRefusal,
  failure,
  type Need,
  readArguments,
  refusalTemplate,
  SHAPES,
  type Shape,
} from '@canister-backup/shared';
import { IDL, Principal } from 'azle';
import { callerKind, type Known, notAllowed, whoAsks } from '../access.ts';
import { acceptCycles, argumentBytes, isReplicated, methodName, reply, trap } from '../platform/ic.ts';
import { serve } from '../platform/methods.ts';
import { wake } from '../runs/wake.ts';
import { candidError } from './results.ts';

const TYPES = backupManagerTypes<IDL.Type>(IDL);
const EXPECTED = backupManagerTypes<Shape>(SHAPES);

type TypeName = keyof typeof TYPES;
// biome-ignore lint/suspicious/noExplicitAny: the argument's type follows from the name of its Candid type, which TypeScript cannot see
type Handler = (argument: any) => unknown;

/** One method: `update` or `query` is what it does, `needs` the right that it takes, nothing if a query is for everybody. */
export type Method = {
  readonly needs?: Need;
  readonly arg?: TypeName;
  readonly result: TypeName;
  /** Candid of the refusal of a stranger, where it is not `variant { Err : Error }`. */
  readonly refusal?: () => Uint8Array;
} & ({ readonly update: Handler } | { readonly query: Handler });

export type Methods = Readonly<Record<string, Method>>;

/** Gives the canister its methods. */
export function serveAll(canister: object, methods: Methods): void {
  for (const [name, method] of Object.entries(methods)) {
    const argument = method.arg === undefined ? [] : [TYPES[method.arg]];
    const kind = 'query' in method ? 'query' : 'update';
    serve(canister, name, { kind, argument, result: TYPES[method.result], enter: () => enter(name, method) });
  }
}

/**
 * One replica looks at a user's message before it is accepted, which costs the manager nothing; an accepted one costs it
 * 2,000 cycles a byte, refused or not. So the guard stands here too. Here it may read what a stranger sent, so its refusal
 * names the role on the target that was asked about. Calls of canisters do not come this way.
 */
export function inspected(methods: Methods): boolean {
  const name = methodName();
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) return false;
  const asker = whoAsks();
  const kind = callerKind(asker);
  const values = read(name, method, kind === undefined ? 'anyone' : kind);
  if (kind === undefined) {
    const problem = 'Err' in values ? undefined : targetIn(values.Ok[0]);
    return turnedAway(notAllowed(asker, method.needs ?? 'view', problem));
  }
  return 'Ok' in values ? true : turnedAway(values.Err);
}

function turnedAway({ code, message }: ErrorValue): never {
  return trap(`${code}: ${message}`);
}

function enter(name: string, method: Method): void | Promise<void> {
  const asker = whoAsks();
  const kind = callerKind(asker);
  const admitted = kind ?? (method.needs === undefined && !isReplicated() ? 'anyone' : undefined);
  if (admitted === undefined) return refuseStranger(method, asker);
  const values = read(name, method, admitted);
  if ('Err' in values) return turnedAway(values.Err);
  if ('update' in method) wake();
  const run = 'query' in method ? method.query : method.update;
  const answer = run(values.Ok[0]);
  if (answer instanceof Promise) return answer.then((value) => answerWith(method, value));
  return answerWith(method, answer);
}

/** What came with the call pays for it, as far as it goes. */
function refuseStranger({ needs = 'view', refusal }: Method, asker: Known): void {
  if (isReplicated()) acceptCycles();
  reply(refusal?.() ?? refusalOf(needs)(asker.principal));
}

/** What stands for the caller in a refusal that is made beforehand. */
const SOMEBODY = '\u0001';

const refusals = new Map<Need, (principal: string) => Uint8Array>();

function refusalOf(need: Need): (principal: string) => Uint8Array {
  const known = refusals.get(need);
  if (known !== undefined) return known;
  const nobody = { principal: SOMEBODY, controls: false, grants: [] };
  const made = refusalTemplate(candidError(notAllowed(nobody, need)), SOMEBODY);
  refusals.set(need, made);
  return made;
}

/** Makes the refusals of strangers, so that the first one is as cheap as those after it. */
export function prepareRefusals(methods: Methods): void {
  for (const { needs = 'view' } of Object.values(methods)) refusalOf(needs);
}

function answerWith({ result }: Method, value: unknown): void {
  const { Err } = value as { readonly Err?: object };
  const bytes = Err !== undefined && 'code' in Err ? encodeRefusal(Err as CandidError) : encode(result, value);
  reply(bytes);
}

export function encode(result: TypeName, value: unknown): Uint8Array {
  return IDL.encode([TYPES[result]], [value]);
}

type Values = { readonly Ok: readonly unknown[] } | { readonly Err: ErrorValue };

function read(name: string, { arg }: Method, caller: Parameters<typeof boundsOf>[1]): Values {
  const shapes = arg === undefined ? [] : [EXPECTED[arg]];
  return readBounded(argumentBytes(), shapes, { what: name, ...boundsOf(name, caller) });
}

/** The values in bytes that somebody sent, or `invalid_argument`. */
export function readBounded(
  message: Uint8Array,
  shapes: readonly Shape[],
  { what, bytes, steps }: { readonly what: string; readonly bytes: number; readonly steps: number },
): Values {
  const field = `of ${what}`;
  if (message.length > bytes) {
    return {
      Err: failure('invalid_argument', { field, value: `${message.length} bytes`, expected: `at most ${bytes}` }),
    };
  }
  const values = readArguments(message, shapes, { steps, principal: toPrincipal });
  if ('Ok' in values) return values;
  const expected = 'the Candid that the interface says: its bytes ';
  return {
    Err: failure('invalid_argument', { field, value: `${message.length} bytes`, expected: expected + values.Err }),
  };
}

function toPrincipal(bytes: Uint8Array): Principal {
  return Principal.fromUint8Array(bytes);
}

/** The target that an argument names. */
function targetIn(argument: unknown): string | undefined {
  const named = argument instanceof Principal ? argument : (argument as { canister?: unknown } | undefined)?.canister;
  const canister = Array.isArray(named) ? named[0] : named;
  return canister instanceof Principal ? canister.toText() : undefined;
}
