/**
 * Bytes that are dear to a decoder, from a seed: vectors of nothing, depth, surplus arguments and unknown fields, long
 * numbers, texts, ids and type tables. None of it is what a method expects; all of it has to be cheap to refuse or ignore.
 */
import { concat, utf8 } from '../harness/bytes.ts';

export interface Shape {
  readonly kind: string;
  readonly bytes: Uint8Array;
}

type Chance = (below: number) => number;

/** mulberry32: the same numbers in every run. */
function chance(seed: number): Chance {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export function leb(value: number, padding = 0): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  for (let i = 0; i < padding; i += 1) {
    bytes[bytes.length - 1]! |= 0x80;
    bytes.push(0);
  }
  return Uint8Array.from(bytes);
}

const bytes = (...values: number[]) => Uint8Array.from(values);
const fill = (length: number, value: number) => new Uint8Array(length).fill(value);
const message = (table: readonly Uint8Array[], types: readonly number[], ...values: Uint8Array[]) =>
  concat(utf8('DIDL'), leb(table.length), ...table, leb(types.length), Uint8Array.from(types), ...values);

const [NULL, NAT, TEXT, RESERVED, EMPTY, ID] = [0x7f, 0x7d, 0x71, 0x70, 0x6f, 0x68];
const [OPT, VEC, RECORD, VARIANT, FUNC, SERVICE] = [0x6e, 0x6d, 0x6c, 0x6b, 0x6a, 0x69];
/** Hash of `canister`, whose field most arguments have, and of no field. */
const CANISTER = 2_668_667_431;

const LENGTHS = [1, 300, 20_000, 100_000_000, 2 ** 32 - 1];
/** Bytes of a part: most are short, because each is sent in many ways. */
const size = (any: Chance) => [40, 40, 400, 4_000, 30_000][any(5)]!;

const KINDS: Record<string, (any: Chance) => Uint8Array> = {
  'vector of nothing': (any) =>
    message(
      [bytes(VEC, [NULL, RESERVED, EMPTY, 1][any(4)]!), bytes(RECORD, 0)],
      [0],
      leb(LENGTHS[any(5)]!, any(3)),
      fill(any(20), 0),
    ),
  'vector of nothing in an unknown field': (any) =>
    message(
      [concat(bytes(RECORD, 2), leb(7), bytes(1), leb(CANISTER), bytes(ID)), bytes(VEC, [NULL, RESERVED][any(2)]!)],
      [0],
      leb(LENGTHS[any(5)]!),
      bytes(1, 1, any(256)),
    ),
  'vectors of vectors': (any) =>
    message(
      [bytes(VEC, 1), bytes(VEC, 2), bytes(VEC, NULL)],
      [0],
      ...new Array(any(200) + 1).fill(leb(LENGTHS[any(3)]!)),
    ),
  'nested options': (any) => message([bytes(OPT, 0)], [0], fill(size(any), 1), bytes(0)),
  'nested options in an unknown field': (any) =>
    message([concat(bytes(RECORD, 1), leb(7), bytes(1)), bytes(OPT, 1)], [0], fill(size(any), 1), bytes(0)),
  'nested vectors': (any) => message([bytes(VEC, 0)], [0], fill(size(any), 1), bytes(0)),
  'nested variants': (any) => message([concat(bytes(VARIANT, 2, 0, 0, 1, NULL))], [0], fill(size(any), 0), bytes(1)),
  'a record in itself': (any) => message([bytes(RECORD, 1, any(9), 0)], [0]),
  'surplus arguments': (any) => {
    const count = [3, 100, 8_000][any(3)]!;
    return message([], new Array(count).fill([NULL, RESERVED, 0x7e][any(3)]!), fill(any(2) * count, 0));
  },
  'unknown fields': (any) => {
    const count = [3, 60, 900, 6_000][any(4)]!;
    const fields = Array.from({ length: count }, (_, i) => concat(leb(i * 3 + any(2)), bytes([NULL, 0x7b][any(2)]!)));
    return message([concat(bytes(RECORD), leb(count), ...fields)], [0], fill(count, 0));
  },
  'a long natural': (any) => message([], [NAT], fill(size(any), 0x80 + any(128)), bytes(any(128))),
  'a long natural of a field': (any) =>
    message([concat(bytes(RECORD, 1), leb(CANISTER), bytes(NAT))], [0], fill(size(any), 0xff), bytes(1)),
  'a padded length': (any) => message([bytes(VEC, 0x7b)], [0], leb(3, size(any)), bytes(1, 2, 3)),
  'padded types': (any) =>
    concat(utf8('DIDL'), leb(2, size(any)), bytes(VEC), fill(4, 0xff), bytes(0x7f), bytes(VEC, NULL, 0)),
  'a text': (any) => {
    const length = size(any);
    return message([], [TEXT], leb(length), fill(length, [0x61, 0xc3, 0xff][any(3)]!));
  },
  'a text of two bytes a letter': (any) => {
    const text = utf8('é'.repeat(size(any) / 2));
    return message([], [TEXT], leb(text.length), text);
  },
  'many texts': (any) => {
    const count = [10, 900, 15_000][any(3)]!;
    return message([bytes(VEC, TEXT)], [0], leb(count), concat(...new Array(count).fill(bytes(1, 0x61))));
  },
  'a text that is longer than the message': () => message([], [TEXT], leb(2 ** 32 - 1), bytes(1, 2)),
  ids: (any) => {
    const count = [10, 900, 15_000][any(3)]!;
    return message([bytes(VEC, ID)], [0], leb(count), concat(...new Array(count).fill(bytes(1, 0))));
  },
  'a long id': (any) => message([], [ID], bytes(1), leb(size(any)), fill(size(any), 7)),
  'many types': (any) => {
    const count = [30, 500, 10_000][any(3)]!;
    return message(new Array(count).fill(bytes([OPT, VEC][any(2)]!, NULL)), [NULL]);
  },
  'types that double': (any) => {
    const depth = 5 + any(40);
    const table = Array.from({ length: depth }, (_, i) => bytes(RECORD, 2, 0, i + 1, 1, i + 1));
    return message([...table, bytes(RECORD, 0)], [0]);
  },
  'types without a table': (any) => concat(utf8('DIDL'), leb(LENGTHS[any(5)]!), fill(any(30), any(256))),
  'functions and services': (any) => {
    const count = [3, 900, 5_000][any(3)]!;
    const func = concat(bytes(FUNC), leb(count), fill(count, NULL), bytes(0), leb(any(4)), fill(3, 1));
    const service = concat(bytes(SERVICE), leb(count), ...new Array(count).fill(bytes(1, 0x61, 0)));
    return message([func, service], [any(2)], bytes(1, 1, 4, 1, 0x61));
  },
  'options of the wrong type': (any) => {
    const count = [3, 300, 9_000][any(3)]!;
    return message(
      [bytes(OPT, 1), bytes(RECORD, 1, 9, 2), bytes(VEC, TEXT)],
      [0],
      bytes(1),
      leb(count),
      fill(count, 0),
    );
  },
  'any bytes': (any) => Uint8Array.from({ length: any(200) }, () => any(256)),
  'any bytes with a head': (any) =>
    concat(
      utf8('DIDL'),
      Uint8Array.from({ length: any(200) }, () => any(256)),
    ),
};

/** So many shapes, of every kind in turn. */
export function shapesFrom(seed: number, count: number): Shape[] {
  const any = chance(seed);
  const kinds = Object.entries(KINDS);
  return Array.from({ length: count }, (_, i) => {
    const [kind, make] = kinds[i % kinds.length]!;
    return { kind, bytes: make(any) };
  });
}
