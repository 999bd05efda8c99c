/** Writes one function body: the original's bytes, and at each event what it asks for. */
import type { AddedItems } from './additions.ts';
import type { Accounting } from './call-graph.ts';
import * as emit from './helpers.ts';
import { CANONICAL_NAN, PICK_NUMBER } from './nan.ts';
import { type RawModule, VALUE_CODES } from './raw.ts';
import { vectorStart } from './reader.ts';
import { Event, type FunctionFacts, Trait } from './tape.ts';
import { ByteWriter } from './writer.ts';

const { Op } = emit;

/** An offset behind every module's end; small enough that V8 keeps the field an integer. */
const BEYOND_ANY_MODULE = 0x3fff_ffff;

export interface BodyContext {
  readonly raw: RawModule;
  readonly facts: FunctionFacts;
  readonly added: AddedItems;
  readonly accounting: Accounting;
}

export class BodyWriter {
  private readonly out: ByteWriter;
  private readonly raw: RawModule;
  private readonly facts: FunctionFacts;
  private readonly added: AddedItems;
  private readonly accounting: Accounting;
  private readonly checkCode: Uint8Array;
  private index = 0;
  /** Offset in the original up to which it is copied. */
  private at = 0;
  /** Whether the first charge of the body was written. */
  private entered = false;
  private turn = 0;

  constructor(out: ByteWriter, { raw, facts, added, accounting }: BodyContext) {
    this.out = out;
    this.raw = raw;
    this.facts = facts;
    this.added = added;
    this.accounting = accounting;
    const code = new ByteWriter(64);
    emit.check(code, added);
    this.checkCode = code.finish();
  }

  write(index: number): void {
    const { codeStart, bodyEnd, firstEvent, events } = this.facts;
    this.index = index;
    this.entered = false;
    this.writeLocals();
    if (this.hostCallable) emit.beginIfNew(this.out, this.added);
    if (this.accounted) emit.enterFrame(this.out, this.added, this.frameBytes);
    if (this.wrapped) this.openWrap();
    this.at = codeStart[index] as number;
    const { data } = events;
    const end = firstEvent[index + 1] as number;
    for (let event = firstEvent[index] as number; event < end; event += 3) {
      const kind = data[event + 1] as number;
      const amount = data[event + 2] as number;
      if (kind === Event.Charge && amount === 0 && this.entered) continue;
      this.event(data[event] as number, kind, amount);
    }
    this.out.copy(this.raw.bytes, this.at, bodyEnd[index] as number);
    if (!this.wrapped) return;
    this.leave();
    this.out.u8(Op.end);
  }

  private get hostCallable(): boolean {
    return this.added.hostCallable[this.index] === 1;
  }

  private get accounted(): boolean {
    return this.accounting.stack[this.index] === 1;
  }

  /** Whether every way out passes the end of a block around the body. */
  private get wrapped(): boolean {
    return this.accounted || this.hostCallable;
  }

  private get frameBytes(): number {
    return this.facts.frameBytes[this.index] as number;
  }

  private event(offset: number, kind: number, amount: number): void {
    if (kind === Event.Resume) {
      if (this.at > offset) this.at = offset;
      return;
    }
    this.copyTo(offset);
    switch (kind) {
      case Event.Charge:
        this.charge(amount, false);
        break;
      case Event.ChargeAndCheck:
        this.charge(amount, true);
        break;
      case Event.Return:
        this.return(amount);
        break;
      case Event.TailCall:
        if (this.wrapped) this.leave();
        break;
      case Event.Bulk:
        emit.call(this.out, this.added.bulk);
        break;
      case Event.ImportCall:
        emit.call(this.out, this.added.settle);
        break;
      case Event.DataInit:
      case Event.DataDrop:
        this.segment(kind, amount);
        break;
      default:
        this.canonicalize(kind);
    }
  }

  private copyTo(offset: number): void {
    if (offset <= this.at) return;
    this.out.copy(this.raw.bytes, this.at, offset);
    this.at = offset;
  }

  private charge(amount: number, isLoop: boolean): void {
    const isEntry = !this.entered;
    this.entered = true;
    if (isLoop || (isEntry && this.accounting.entryCheck[this.index] === 1)) this.checkPoint(amount);
    else if (amount !== 0) this.chargeInTurn(amount);
  }

  private chargeInTurn(amount: number): void {
    this.turn ^= 1;
    emit.charge(this.out, this.turn === 0 ? this.added.gas : this.added.pending, amount);
  }

  /** The check comes before the charge: some of that may be given back before anybody looks again. */
  private checkPoint(amount: number): void {
    if (amount === 0) {
      // Nothing here would make the pending instructions grow.
      emit.call(this.out, this.added.settle);
      return;
    }
    this.out.raw(this.checkCode);
    emit.charge(this.out, this.added.pending, amount);
    this.turn = 1;
  }

  private return(labels: number): void {
    if (!this.wrapped) return;
    this.out.u8(Op.br);
    this.out.u32(labels);
    this.at += 1;
  }

  private segment(kind: number, segment: number): void {
    const dropped = this.added.dropped.get(segment);
    if (dropped === undefined) return;
    if (kind === Event.DataInit) emit.call(this.out, dropped.init);
    else emit.setI32(this.out, dropped.flag, 1);
    // The operator itself is left out; the Resume event behind it says where to go on.
    this.at = BEYOND_ANY_MODULE;
  }

  private openWrap(): void {
    const results = this.raw.types[this.raw.functions[this.index] as number]?.results ?? [];
    const [first] = results;
    this.out.u8(Op.block);
    if (first === undefined) this.out.u8(Op.void);
    else if (results.length === 1) this.out.u8(VALUE_CODES[first]);
    else this.out.s32(this.added.blockTypes.get(results.join()) as number);
  }

  private leave(): void {
    if (this.accounted) emit.leaveFrame(this.out, this.added, this.frameBytes);
    if (this.hostCallable) emit.call(this.out, this.added.settle);
  }

  /** Local declarations, and behind them one scratch local for each type whose NaNs are made canonical. */
  private writeLocals(): void {
    const out = this.out;
    const from = this.facts.bodyStart[this.index] as number;
    const to = this.facts.codeStart[this.index] as number;
    const traits = this.facts.traits[this.index] as number;
    const types: number[] = [];
    if (traits & Trait.NanF32) types.push(VALUE_CODES.f32);
    if (traits & Trait.NanF64) types.push(VALUE_CODES.f64);
    if (traits & Trait.NanVector) types.push(VALUE_CODES.v128);
    const { count, entries } = vectorStart(this.raw.bytes, from);
    out.u32(count + types.length);
    out.copy(this.raw.bytes, entries, to);
    for (const type of types) {
      out.u8(1);
      out.u8(type);
    }
  }

  private canonicalize(kind: number): void {
    const out = this.out;
    const traits = this.facts.traits[this.index] as number;
    const f32 = this.facts.locals[this.index] as number;
    const f64 = f32 + (traits & Trait.NanF32 ? 1 : 0);
    const vector = f64 + (traits & Trait.NanF64 ? 1 : 0);
    const local = kind === Event.NanF32 ? f32 : kind === Event.NanF64 ? f64 : vector;
    out.u8(Op.localTee);
    out.u32(local);
    out.raw(CANONICAL_NAN[kind] as Uint8Array);
    for (let i = 0; i < 2; i += 1) {
      out.u8(Op.localGet);
      out.u32(local);
    }
    out.raw(PICK_NUMBER[kind] as Uint8Array);
  }
}
