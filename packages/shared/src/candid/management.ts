/**
 * The management canister's arguments and answers, as far as a run has them, straight from and to bytes: with a Candid
 * library in QuickJS, a status costs forty million instructions.
 */
import { hashOf } from './label.ts';
import {
  FIXED,
  FUNC,
  INT,
  Malformed,
  NAT,
  NAT8,
  NAT64,
  NULL,
  OPT,
  PRINCIPAL,
  RECORD,
  RESERVED,
  SERVICE,
  TEXT,
  type TypeEntry,
  VARIANT,
  VEC,
  Wire,
} from './wire.ts';

/** `record { canister_id : principal }` and, in the order of their hashes, one more field, up to the first value. */
const HEADERS = {
  canister: '4449444c016c01b3c4b1f204680100',
  snapshot_id: '4449444c026d7b6c02b3c4b1f20468b6b897890f000101',
  uninstall_code: '4449444c026e7e6c02b3c4b1f20468eabb9ad309000101',
  num_requested_changes: '4449444c026e786c02b3c4b1f20468f9bcd2e807000101',
} as const;

/** One field beside the canister. */
export type About =
  | { readonly snapshot_id: Uint8Array }
  /** `opt bool` */
  | { readonly uninstall_code: boolean }
  /** `opt nat64`, below 256. */
  | { readonly num_requested_changes: number };

/** Candid of the argument of a method that is about one canister. */
export function encodeAbout(canister: Uint8Array, about?: About): Uint8Array {
  if (about === undefined) return joined(HEADERS.canister, canister, []);
  if ('snapshot_id' in about) {
    return joined(HEADERS.snapshot_id, canister, [about.snapshot_id.length, ...about.snapshot_id]);
  }
  if ('uninstall_code' in about) return joined(HEADERS.uninstall_code, canister, [1, about.uninstall_code ? 1 : 0]);
  return joined(HEADERS.num_requested_changes, canister, [1, about.num_requested_changes, 0, 0, 0, 0, 0, 0, 0]);
}

/** No principal, and no snapshot id, has more bytes than fit into one of LEB128. */
function joined(header: string, canister: Uint8Array, value: readonly number[]): Uint8Array {
  const start = header.length / 2;
  const all = new Uint8Array(start + 2 + canister.length + value.length);
  for (let i = 0; i < start; i += 1) all[i] = Number.parseInt(header.slice(2 * i, 2 * i + 2), 16);
  all[start] = 1;
  all[start + 1] = canister.length;
  all.set(canister, start + 2);
  all.set(value, start + 2 + canister.length);
  return all;
}

/** Labels by their hashes. */
export type Labels = ReadonlyMap<number, string>;

/** The labels that are wanted of an answer. */
export function labelsOf(...labels: readonly string[]): Labels {
  return new Map(labels.map((label) => [hashOf(label), label]));
}

/**
 * The first value of a message: naturals and integers of more than 32 bits as bigint, blobs and principals as bytes, what
 * is not there as undefined, records and variants as objects. Fields that are not wanted are gone over; a variant's tag
 * that is not wanted leaves an empty object.
 * @throws if the bytes are not a Candid message
 */
export function readAnswer(message: Uint8Array, labels: Labels): unknown {
  return new Answer(message, labels).value();
}

class Answer extends Wire {
  private readonly labels: Labels;

  constructor(message: Uint8Array, labels: Labels) {
    super(message);
    this.labels = labels;
  }

  value(): unknown {
    const [first] = this.start();
    if (first === undefined) throw new Malformed('there is no value');
    return this.read(first);
  }

  private read(type: number): unknown {
    if (type < 0) return this.primitive(type);
    const entry = this.entry(type);
    switch (entry.kind) {
      case OPT:
        return this.flag() ? this.read(entry.parts[0]!) : undefined;
      case VEC:
        return this.vector(entry.parts[0]!);
      case RECORD:
        return this.record(entry);
      case VARIANT:
        return this.variant(entry);
      default:
        this.over(type);
        return undefined;
    }
  }

  private vector(part: number): unknown {
    const length = this.count();
    if (part === NAT8) return this.take(length);
    const items: unknown[] = [];
    for (let i = 0; i < length; i += 1) items.push(this.read(part));
    return items;
  }

  private record({ parts, labels }: TypeEntry): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    for (let i = 0; i < parts.length; i += 1) {
      const label = this.labels.get(labels[i]!);
      if (label === undefined) this.over(parts[i]!);
      else fields[label] = this.read(parts[i]!);
    }
    return fields;
  }

  private variant({ parts, labels }: TypeEntry): Record<string, unknown> {
    const tag = this.count();
    const part = parts[tag];
    if (part === undefined) throw new Malformed('a variant has no such tag');
    const label = this.labels.get(labels[tag]!);
    if (label !== undefined) return { [label]: this.read(part) };
    this.over(part);
    return {};
  }

  private primitive(type: number): unknown {
    const size = FIXED[type];
    if (size !== undefined && type <= NAT8 && type >= NAT64) {
      return size === 8 ? this.fixed(size) : Number(this.fixed(size));
    }
    if (type === NAT) return this.natural();
    if (type === PRINCIPAL) {
      if (!this.flag()) throw new Malformed('a principal that is hidden');
      return this.take(this.count());
    }
    this.over(type);
    return undefined;
  }

  private natural(): bigint {
    const from = this.at;
    while (this.byte() >= 0x80);
    let value = 0n;
    for (let at = this.at - 1; at >= from; at -= 1) value = (value << 7n) | BigInt(this.bytes[at]! & 0x7f);
    return value;
  }

  private take(length: number): Uint8Array {
    this.skip(length);
    return this.bytes.slice(this.at - length, this.at);
  }

  /** Goes over a value. */
  private over(type: number): void {
    if (type < 0) {
      this.overPrimitive(type);
      return;
    }
    const { kind, parts } = this.entry(type);
    switch (kind) {
      case OPT:
        if (this.flag()) this.over(parts[0]!);
        return;
      case VEC:
        this.overVector(parts[0]!);
        return;
      case RECORD:
        for (const part of parts) this.over(part);
        return;
      case VARIANT:
        this.over(parts[this.count()] ?? RESERVED);
        return;
      case FUNC:
        if (!this.flag()) return;
        this.reference();
        this.skip(this.count());
        return;
      case SERVICE:
        this.reference();
        return;
      default: {
        const length = this.count();
        if (this.count() !== 0) throw new Malformed('references of an unknown type');
        this.skip(length);
      }
    }
  }

  private overVector(part: number): void {
    const length = this.count();
    const size = FIXED[part];
    if (size !== undefined) this.skip(length * size);
    else for (let i = 0; i < length; i += 1) this.over(part);
  }

  private overPrimitive(type: number): void {
    const size = FIXED[type];
    if (size !== undefined) this.skip(size);
    else if (type === NAT || type === INT) while (this.byte() >= 0x80);
    else if (type === TEXT) this.skip(this.count());
    else if (type === PRINCIPAL) this.reference();
    else if (type !== NULL && type !== RESERVED) throw new Malformed('a type that there is not');
  }
}
