/**
 * Writes the instrumented module: the original's bytes with what the scanner's events ask for in between.
 *
 * Added at the end of their index spaces, so that no index of the original changes: the two meter globals, a helper
 * that charges bulk operators, and types. Exports are added, the start section is left out.
 */
import type { Accounting } from './call-graph.ts';
import { globalExport, MEMORY_EXPORT, METER, START_EXPORT, TABLE_EXPORT } from './names.ts';
import { ExternalKind, type FunctionType, type RawModule, SectionId } from './sections.ts';
import { Event, type FunctionFacts, Trait } from './tape.ts';
import type { ValueType } from './types.ts';
import { ByteWriter } from './writer.ts';

export interface Strategy {
  readonly nan: boolean;
}

export function rewrite(raw: RawModule, facts: FunctionFacts, accounting: Accounting, strategy: Strategy): Uint8Array {
  const out = new ByteWriter(Math.ceil(raw.bytes.length * 1.4) + 4096);
  new Rewriter(raw, facts, accounting, strategy, out).write();
  return out.finish();
}

const VALUE_CODES: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
};

class Rewriter {
  readonly #raw: RawModule;
  readonly #facts: FunctionFacts;
  readonly #accounting: Accounting;
  readonly #strategy: Strategy;
  readonly #out: ByteWriter;
  readonly #gas: number;
  readonly #stack: number;
  readonly #bulkHelper: number;
  readonly #addedTypes: FunctionType[] = [];
  /** Block type, as encoded number, that wraps a body with several results, per results. */
  readonly #wrapTypes = new Map<string, number>();

  constructor(raw: RawModule, facts: FunctionFacts, accounting: Accounting, strategy: Strategy, out: ByteWriter) {
    this.#raw = raw;
    this.#facts = facts;
    this.#accounting = accounting;
    this.#strategy = strategy;
    this.#out = out;
    this.#gas = raw.globals.length;
    this.#stack = this.#gas + 1;
    this.#bulkHelper = raw.imports.length + raw.functions.length;
  }

  write(): void {
    const out = this.#out;
    const helperType = this.#addType(['i32'], ['i32']);
    for (const type of this.#raw.functions) this.#planWrap(type);
    out.raw(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    this.#extended(SectionId.Type, this.#addedTypes.length, () => this.#writeTypes());
    this.#verbatim(SectionId.Import);
    this.#extended(SectionId.Function, 1, () => out.u32(helperType));
    this.#verbatim(SectionId.Table);
    this.#verbatim(SectionId.Memory);
    this.#extended(SectionId.Global, 2, () => this.#writeGlobals());
    this.#writeExports();
    this.#verbatim(SectionId.Element);
    this.#verbatim(SectionId.DataCount);
    this.#writeCode();
    this.#verbatim(SectionId.Data);
    this.#writeNames();
  }

  // Sections

  #addType(params: ValueType[], results: ValueType[]): number {
    this.#addedTypes.push({ params, results, hasVector: false });
    return this.#raw.types.length + this.#addedTypes.length - 1;
  }

  #planWrap(typeIndex: number): void {
    const results = this.#raw.types[typeIndex]?.results ?? [];
    const key = results.join();
    if (results.length > 1 && !this.#wrapTypes.has(key)) this.#wrapTypes.set(key, this.#addType([], [...results]));
  }

  #verbatim(id: number): void {
    const range = this.#raw.payloads[id];
    if (range === undefined) return;
    this.#out.u8(id);
    this.#out.u32(range.to - range.from);
    this.#out.copy(this.#raw.bytes, range.from, range.to);
  }

  /** A vector section with `added` entries behind those of the original. */
  #extended(id: number, added: number, write: () => void): void {
    const out = this.#out;
    const range = this.#raw.payloads[id];
    out.u8(id);
    const size = out.beginSized();
    if (range === undefined) {
      out.u32(added);
    } else {
      const { count, entries } = this.#vectorStart(range.from);
      out.u32(count + added);
      out.copy(this.#raw.bytes, entries, range.to);
    }
    write();
    out.endSized(size);
  }

  #vectorStart(from: number): { count: number; entries: number } {
    let count = 0;
    let at = from;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#raw.bytes[at++] as number;
      count |= (byte & 0x7f) << shift;
      if (byte < 0x80) return { count, entries: at };
    }
  }

  #writeTypes(): void {
    const out = this.#out;
    for (const { params, results } of this.#addedTypes) {
      out.u8(0x60);
      for (const list of [params, results]) {
        out.u32(list.length);
        for (const type of list) out.u8(VALUE_CODES[type]);
      }
    }
  }

  #writeGlobals(): void {
    this.#out.raw(new Uint8Array([0x7e, 1, 0x42, 0, 0x0b, 0x7f, 1, 0x41, 0, 0x0b]));
  }

  #writeExports(): void {
    const raw = this.#raw;
    const added: (readonly [string, number, number])[] = [
      [METER.gas, ExternalKind.Global, this.#gas],
      [METER.stack, ExternalKind.Global, this.#stack],
    ];
    if (raw.memory !== null && !raw.exports.some(({ kind }) => kind === ExternalKind.Memory)) {
      added.push([MEMORY_EXPORT, ExternalKind.Memory, 0]);
    }
    if (raw.tables > 0 && !raw.exports.some(({ kind }) => kind === ExternalKind.Table)) {
      added.push([TABLE_EXPORT, ExternalKind.Table, 0]);
    }
    const exported = new Set(raw.exports.filter(({ kind }) => kind === ExternalKind.Global).map(({ index }) => index));
    raw.globals.forEach(({ mutable }, index) => {
      if (mutable && !exported.has(index)) added.push([globalExport(index), ExternalKind.Global, index]);
    });
    if (raw.start !== null) added.push([START_EXPORT, ExternalKind.Function, raw.start]);
    this.#extended(SectionId.Export, added.length, () => {
      for (const [name, kind, index] of added) {
        this.#out.name(name);
        this.#out.u8(kind);
        this.#out.u32(index);
      }
    });
  }

  #writeNames(): void {
    const range = this.#raw.payloads[SectionId.Custom];
    if (range === undefined) return;
    const out = this.#out;
    out.u8(SectionId.Custom);
    const size = out.beginSized();
    out.name('name');
    out.copy(this.#raw.bytes, range.from, range.to);
    out.endSized(size);
  }

  #writeCode(): void {
    const out = this.#out;
    out.u8(SectionId.Code);
    const size = out.beginSized();
    out.u32(this.#facts.count + 1);
    for (let index = 0; index < this.#facts.count; index += 1) {
      const body = out.beginSized();
      this.#writeBody(index);
      out.endSized(body);
    }
    const helper = out.beginSized();
    this.#writeBulkHelper();
    out.endSized(helper);
    out.endSized(size);
  }

  // Bodies

  #writeBody(index: number): void {
    const out = this.#out;
    const { codeStart, bodyEnd, firstEvent, events, traits } = this.#facts;
    const accounted = this.#accounting.stack[index] === 1;
    const nan =
      this.#strategy.nan && ((traits[index] as number) & (Trait.NanF32 | Trait.NanF64 | Trait.NanVector)) !== 0;
    const firstAdded = this.#facts.locals[index] as number;
    this.#writeLocals(index, nan);
    if (accounted) this.#enterFrame(index);
    const { bytes } = this.#raw;
    const { data } = events;
    const end = firstEvent[index + 1] as number;
    let at = codeStart[index] as number;
    let first = true;
    for (let event = firstEvent[index] as number; event < end; event += 3) {
      const offset = data[event] as number;
      const kind = data[event + 1] as number;
      const amount = data[event + 2] as number;
      if (kind === Event.Charge && amount === 0 && !first) continue;
      if (offset > at) {
        out.copy(bytes, at, offset);
        at = offset;
      }
      switch (kind) {
        case Event.Charge:
          if (amount > 0) this.#chargeInstructions(amount);
          if (first && this.#accounting.entryCheck[index] === 1) this.#checkGas();
          first = false;
          break;
        case Event.ChargeAndCheck:
          if (amount > 0) this.#chargeInstructions(amount);
          this.#checkGas();
          break;
        case Event.Return:
          if (!accounted) break;
          out.u8(0x0c);
          out.u32(amount);
          at += 1;
          break;
        case Event.TailCall:
          if (accounted) this.#leaveFrame(index);
          break;
        case Event.Bulk:
          out.u8(0x10);
          out.u32(this.#bulkHelper);
          break;
        default:
          if (nan) this.#canonicalize(kind, firstAdded, traits[index] as number);
      }
    }
    out.copy(bytes, at, bodyEnd[index] as number);
    if (!accounted) return;
    this.#leaveFrame(index);
    out.u8(0x0b);
  }

  /** Local declarations; behind them, where NaNs are made canonical, one scratch local for each type that needs it. */
  #writeLocals(index: number, nan: boolean): void {
    const out = this.#out;
    const { bodyStart, codeStart } = this.#facts;
    const from = bodyStart[index] as number;
    const to = codeStart[index] as number;
    if (!nan) {
      out.copy(this.#raw.bytes, from, to);
      return;
    }
    const traits = this.#facts.traits[index] as number;
    const types: number[] = [];
    if (traits & Trait.NanF32) types.push(VALUE_CODES.f32);
    if (traits & Trait.NanF64) types.push(VALUE_CODES.f64);
    if (traits & Trait.NanVector) types.push(VALUE_CODES.v128);
    const { count, entries } = this.#vectorStart(from);
    out.u32(count + types.length);
    out.copy(this.#raw.bytes, entries, to);
    for (const type of types) {
      out.u8(1);
      out.u8(type);
    }
  }

  #enterFrame(index: number): void {
    const out = this.#out;
    this.#getSet(this.#stack, this.#facts.frameBytes[index] as number, 0x41, 0x6b);
    out.reserve(24);
    out.u8(0x23);
    out.u32(this.#stack);
    out.u8(0x41);
    out.u8(0);
    out.u8(0x48);
    this.#trapIf();
    out.u8(0x02);
    const results = this.#raw.types[this.#raw.functions[index] as number]?.results ?? [];
    if (results.length === 0) out.u8(0x40);
    else if (results.length === 1) out.u8(VALUE_CODES[results[0] as ValueType]);
    else out.s32(this.#wrapTypes.get(results.join()) as number);
  }

  #leaveFrame(index: number): void {
    this.#getSet(this.#stack, this.#facts.frameBytes[index] as number, 0x41, 0x6a);
  }

  #chargeInstructions(amount: number): void {
    this.#getSet(this.#gas, amount, 0x42, 0x7d);
  }

  /** global.get, const, operator, global.set */
  #getSet(global: number, amount: number, constant: number, operator: number): void {
    const out = this.#out;
    out.u8(0x23);
    out.u32(global);
    out.u8(constant);
    out.s32(amount);
    out.u8(operator);
    out.u8(0x24);
    out.u32(global);
  }

  #checkGas(): void {
    const out = this.#out;
    out.u8(0x23);
    out.u32(this.#gas);
    out.u8(0x42);
    out.u8(0);
    out.u8(0x53);
    this.#trapIf();
  }

  #trapIf(): void {
    const out = this.#out;
    out.u8(0x04);
    out.u8(0x40);
    out.u8(0x00);
    out.u8(0x0b);
  }

  /** (func (param i32) (result i32)): charges its argument and returns it. */
  #writeBulkHelper(): void {
    const out = this.#out;
    out.u8(0);
    out.u8(0x23);
    out.u32(this.#gas);
    out.raw(new Uint8Array([0x20, 0, 0xad, 0x7d, 0x24]));
    out.u32(this.#gas);
    this.#checkGas();
    out.raw(new Uint8Array([0x20, 0, 0x0b]));
  }

  #canonicalize(kind: number, firstAdded: number, traits: number): void {
    const out = this.#out;
    const f64 = firstAdded + (traits & Trait.NanF32 ? 1 : 0);
    const vector = f64 + (traits & Trait.NanF64 ? 1 : 0);
    const local = kind === Event.NanF32 ? firstAdded : kind === Event.NanF64 ? f64 : vector;
    out.u8(0x22);
    out.u32(local);
    out.raw(CANONICAL_NAN[kind] as Uint8Array);
    for (let i = 0; i < 2; i += 1) {
      out.u8(0x20);
      out.u32(local);
    }
    out.raw(PICK_NUMBER[kind] as Uint8Array);
  }
}

const CANONICAL_NAN: Uint8Array[] = [];
CANONICAL_NAN[Event.NanF32] = new Uint8Array([0x43, 0, 0, 0xc0, 0x7f]);
CANONICAL_NAN[Event.NanF64] = new Uint8Array([0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f]);
CANONICAL_NAN[Event.NanF32x4] = new Uint8Array([
  0xfd, 12, 0, 0, 0xc0, 0x7f, 0, 0, 0xc0, 0x7f, 0, 0, 0xc0, 0x7f, 0, 0, 0xc0, 0x7f,
]);
CANONICAL_NAN[Event.NanF64x2] = new Uint8Array([0xfd, 12, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f]);

/** Equal to itself, then select; for vectors lane by lane with bitselect. */
const PICK_NUMBER: Uint8Array[] = [];
PICK_NUMBER[Event.NanF32] = new Uint8Array([0x5b, 0x1b]);
PICK_NUMBER[Event.NanF64] = new Uint8Array([0x61, 0x1b]);
PICK_NUMBER[Event.NanF32x4] = new Uint8Array([0xfd, 65, 0xfd, 82]);
PICK_NUMBER[Event.NanF64x2] = new Uint8Array([0xfd, 71, 0xfd, 82]);
