/**
 * Decodes every operator of every function body once and writes down what the rewriter must know: where basic blocks
 * start and what they cost, where code returns, what can be a NaN, how high the operand stack gets, who calls whom.
 *
 * It does not check types. On code that validation would refuse its findings mean nothing, but it ends, with a
 * WasmFault or without, and touches nothing outside its arrays.
 *
 * A basic block is charged where it starts: one for each operator except block, loop, else and end. A label that no
 * live branch names starts no block, nor does a call; code that cannot be reached is not charged.
 */
import { estimateFrameBytes } from './frame.ts';
import { MAX_FUNCTION_COMPLEXITY, MAX_FUNCTION_INSTRUCTIONS, MAX_LOCALS } from './limits.ts';
import { Nan, PLAIN, PREFIXED, refusedOpcode, Shape, SIMD } from './opcodes.ts';
import { ByteReader, fault } from './reader.ts';
import { type FunctionType, type RawModule, readValueType, SectionId, valueType } from './sections.ts';
import { Event, emptyFacts, type FunctionFacts, Trait } from './tape.ts';

export function scanBodies(raw: RawModule): FunctionFacts {
  const facts = emptyFacts(raw.functions.length);
  const range = raw.payloads[SectionId.Code];
  if (range === undefined) {
    if (facts.count > 0) fault(`the module declares ${facts.count} functions but has no code section`);
    return facts;
  }
  const reader = new ByteReader(raw.bytes);
  reader.where = 'the code section';
  reader.pos = range.from;
  reader.end = range.to;
  const count = reader.u32();
  if (count !== facts.count) fault(`the module declares ${facts.count} functions but has code for ${count}`);
  const scanner = new Scanner(raw, facts, reader);
  for (let index = 0; index < count; index += 1) {
    reader.where = 'the code section';
    reader.end = range.to;
    const size = reader.u32();
    const from = reader.pos;
    reader.skip(size);
    reader.pos = from;
    reader.end = from + size;
    scanner.scan(index);
  }
  if (reader.pos !== range.to) fault(`the code section has ${range.to - reader.pos} bytes too many`);
  facts.firstEvent[count] = facts.events.length;
  facts.firstCallee[count] = facts.callees.length;
  return facts;
}

/** Kinds of control frames. */
const Frame = { Function: 0, Block: 1, Loop: 2, If: 3, Else: 4 } as const;

const TABLE_WRITES: Readonly<Record<number, string>> = {
  12: 'table.init',
  14: 'table.copy',
  15: 'table.grow',
  17: 'table.fill',
};

class Scanner {
  private readonly raw: RawModule;
  private readonly facts: FunctionFacts;
  private readonly reader: ByteReader;
  private readonly vectorGlobals: boolean;

  // Control frames of the function being scanned, one array per field; the top is at #depth.
  private readonly kind: number[] = [];
  private readonly base: number[] = [];
  private readonly results: number[] = [];
  private readonly params: number[] = [];
  /** 1 if a live branch names the label. */
  private readonly targeted: number[] = [];
  /** 1 if the frame was entered by code that cannot be reached. */
  private readonly bornDead: number[] = [];
  /** Loop: its event. Else: 1 if the first arm left no way to the end. */
  private readonly note: number[] = [];
  /** The event that was being charged when the frame was entered. */
  private readonly outerEvent: number[] = [];
  /** If, else: the first event of the first arm. */
  private readonly armEvent: number[] = [];
  private readonly elseEvent: number[] = [];
  /** Lowest frame that a live branch inside leaves to; below the frame itself, the frame can be left past its end. */
  private readonly leavesTo: number[] = [];
  private depth = 0;

  private index = 0;
  private height = 0;
  private peak = 0;
  private dead = false;
  private vectors = false;
  private traits = 0;
  /** Operators that count, so far in the block; the block's event, or -1 in dead code. */
  private charge = 0;
  private chargeEvent = -1;
  private operators = 0;
  private complexity = 0;

  constructor(raw: RawModule, facts: FunctionFacts, reader: ByteReader) {
    this.raw = raw;
    this.facts = facts;
    this.reader = reader;
    this.vectorGlobals = raw.globals.some((global) => global.type === 'v128');
  }

  scan(index: number): void {
    const facts = this.facts;
    const reader = this.reader;
    const type = this.type(this.raw.functions[index] as number);
    this.begin(index, type);
    facts.bodyStart[index] = reader.pos;
    const locals = this.readLocals(type.params.length);
    facts.codeStart[index] = reader.pos;
    this.startBlock(reader.pos);
    while (this.depth >= 0) {
      this.simpleOperators();
      this.otherOperator();
    }
    if (reader.pos !== reader.end) fault(`${reader.where} goes on behind its last end`);
    facts.bodyEnd[index] = reader.pos;
    facts.locals[index] = locals;
    facts.frameBytes[index] = estimateFrameBytes({
      locals,
      operands: this.peak,
      operators: this.operators,
      hasVectors: this.vectors,
    });
    facts.instructions[index] = this.operators;
    facts.traits[index] = this.traits;
    facts.instructionCount += this.operators;
    this.checkSize();
  }

  private begin(index: number, type: FunctionType): void {
    const facts = this.facts;
    this.reader.where = `function ${this.raw.imports.length + index}`;
    facts.firstEvent[index] = facts.events.length;
    facts.firstCallee[index] = facts.callees.length;
    this.index = index;
    this.depth = -1;
    this.height = 0;
    this.peak = 0;
    this.dead = false;
    this.vectors = type.hasVector || this.vectorGlobals;
    this.traits = 0;
    this.charge = 0;
    this.chargeEvent = -1;
    this.operators = 0;
    this.complexity = 0;
    this.push(Frame.Function, 0, type.results.length);
  }

  private checkSize(): void {
    const { where } = this.reader;
    if (this.operators > MAX_FUNCTION_INSTRUCTIONS) {
      fault(`${where} has ${this.operators} instructions, and at most ${MAX_FUNCTION_INSTRUCTIONS} are allowed`);
    }
    if (this.complexity > MAX_FUNCTION_COMPLEXITY) {
      fault(`${where} has complexity ${this.complexity}, and at most ${MAX_FUNCTION_COMPLEXITY} is allowed`);
    }
  }

  private readLocals(params: number): number {
    const reader = this.reader;
    let total = params;
    for (let groups = reader.count(); groups > 0; groups -= 1) {
      const count = reader.u32();
      if (readValueType(reader) === 'v128' && count > 0) this.vectors = true;
      total += count;
      if (total > MAX_LOCALS) fault(`${reader.where} has more than ${MAX_LOCALS} locals`);
    }
    return total;
  }

  /**
   * Reads operators that only move the operand stack, up to one that does more. Most operators are read here, so the
   * state is in local variables, and a LEB128's length is left to validation.
   */
  private simpleOperators(): void {
    const { bytes, end } = this.reader;
    const { shape, delta, complexity } = PLAIN;
    const base = this.base[this.depth] as number;
    let { pos } = this.reader;
    let { height, peak } = this;
    let weight = 0;
    let count = 0;
    while (pos < end) {
      const opcode = bytes[pos] as number;
      const form = shape[opcode] as number;
      // A set bit 6 would name a second memory.
      if (form > Shape.LastSimple || (form === Shape.MemoryAccess && (bytes[pos + 1] as number) >= 0x40)) break;
      pos += 1;
      count += 1;
      weight += complexity[opcode] as number;
      height += delta[opcode] as number;
      if (height > peak) peak = height;
      // Only dead code can take what the frame does not have.
      else if (height < base) height = base;
      if (form === Shape.None) continue;
      if (form === Shape.Bytes4) pos += 4;
      else if (form === Shape.Bytes8) pos += 8;
      else {
        if (form === Shape.MemoryAccess) pos += 1;
        while ((bytes[pos] as number) >= 0x80) pos += 1;
        pos += 1;
      }
    }
    this.reader.pos = pos;
    if (pos > end) this.reader.truncated();
    this.height = height;
    this.peak = peak;
    this.complexity += weight;
    this.operators += count;
    this.charge += count;
  }

  private otherOperator(): void {
    const reader = this.reader;
    const start = reader.pos;
    const opcode = reader.u8();
    this.operators += 1;
    this.complexity += PLAIN.complexity[opcode] as number;
    this.charge += 1;
    switch (PLAIN.shape[opcode]) {
      case Shape.Control:
        this.control(opcode, start);
        return;
      case Shape.Call:
        this.call(opcode, start);
        return;
      case Shape.CallIndirect:
        this.callIndirect(opcode, start);
        return;
      case Shape.Prefixed:
        this.prefixed(start);
        return;
      case Shape.Simd:
        this.simd();
        return;
      case Shape.NanProducer:
        if (!this.dead) this.nan(PLAIN.nan[opcode] as number);
        break;
      case Shape.MemoryAccess:
        this.memoryAccess();
        break;
      case Shape.ZeroByte:
        if (reader.u8() !== 0) fault(`${reader.where} uses a second memory: multi-memory is not supported`);
        break;
      case Shape.TypedSelect:
        for (let left = reader.count(); left > 0; left -= 1) readValueType(reader);
        break;
      case Shape.ReferenceType:
        readValueType(reader);
        break;
      case Shape.TableSet:
        this.changesInstance('table.set');
        reader.skipLeb();
        break;
      default:
        fault(`${refusedOpcode(opcode)} (${reader.where}, byte ${start})`);
    }
    this.grow(PLAIN.delta[opcode] as number);
  }

  private memoryAccess(): void {
    const reader = this.reader;
    if (reader.u32() >= 64) fault(`${reader.where} uses a second memory: multi-memory is not supported`);
    reader.skipLeb();
  }

  private nan(kind: number): void {
    const event = Event.NanF32 + kind - Nan.F32;
    this.facts.events.push(this.reader.pos, event, 0);
    this.traits |= kind === Nan.F32 ? Trait.NanF32 : kind === Nan.F64 ? Trait.NanF64 : Trait.NanVector;
  }

  /** Changes the operand stack's height; what only dead code could take below its frame is cut off there. */
  private grow(delta: number): void {
    const height = this.height + delta;
    const base = this.base[this.depth] as number;
    this.height = Math.max(height, base);
    this.peak = Math.max(this.peak, height);
  }

  private prefixed(start: number): void {
    const reader = this.reader;
    const opcode = reader.u32();
    if (opcode > 17) fault(`unknown operator 0xfc ${opcode} (${reader.where}, byte ${start})`);
    this.complexity += PREFIXED.complexity[opcode] as number;
    const change = TABLE_WRITES[opcode];
    if (change !== undefined) this.changesInstance(change);
    const index = opcode >= 8 ? reader.u32() : 0;
    if (opcode === 8 || opcode === 10 || opcode === 12 || opcode === 14) reader.skipLeb();
    if (!this.dead) this.bulkEvents(opcode, start, index);
    if (opcode === 9) this.facts.droppedSegments.add(index);
    this.grow(PREFIXED.delta[opcode] as number);
  }

  private bulkEvents(opcode: number, start: number, index: number): void {
    const { events } = this.facts;
    if (opcode === 8 || opcode === 10 || opcode === 11 || opcode === 12 || (opcode >= 14 && opcode !== 16)) {
      events.push(start, Event.Bulk, 0);
    }
    if (opcode !== 8 && opcode !== 9) return;
    events.push(start, opcode === 8 ? Event.DataInit : Event.DataDrop, index);
    events.push(this.reader.pos, Event.Resume, 0);
  }

  private simd(): void {
    const reader = this.reader;
    const start = reader.pos - 1;
    const opcode = reader.u32();
    this.vectors = true;
    if (opcode >= 0x100) fault(`relaxed SIMD is not supported (${reader.where}, byte ${start})`);
    switch (SIMD.shape[opcode]) {
      case Shape.None:
        break;
      case Shape.MemoryAccess:
        this.memoryAccess();
        break;
      case Shape.MemoryAccessAndLane:
        this.memoryAccess();
        reader.skip(1);
        break;
      case Shape.Lane:
        reader.skip(1);
        break;
      case Shape.Bytes16:
        reader.skip(16);
        break;
      default:
        fault(`unknown SIMD operator ${opcode} (${reader.where}, byte ${start})`);
    }
    this.grow(SIMD.delta[opcode] as number);
    const nan = SIMD.nan[opcode] as number;
    if (nan !== Nan.None && !this.dead) this.nan(nan);
  }

  private changesInstance(operator: string): void {
    this.facts.instanceChange ??= { operator, functionIndex: this.raw.imports.length + this.index };
  }

  private type(index: number): FunctionType {
    return this.raw.types[index] ?? fault(`${this.reader.where} names type ${index}, which does not exist`);
  }

  private call(opcode: number, start: number): void {
    const imported = this.raw.imports.length;
    const index = this.reader.u32();
    const typeIndex =
      index < imported ? (this.raw.imports[index]?.type ?? -1) : (this.raw.functions[index - imported] ?? -1);
    if (typeIndex < 0) fault(`${this.reader.where} calls function ${index}, which does not exist`);
    if (index >= imported) this.facts.callees.push(index - imported);
    else if (!this.dead) this.facts.events.push(start, Event.ImportCall, 0);
    this.applyCall(this.type(typeIndex));
    if (opcode === 0x12) this.tailCall(start);
  }

  private callIndirect(opcode: number, start: number): void {
    const type = this.type(this.reader.u32());
    this.reader.skipLeb();
    this.traits |= Trait.CallsIndirectly;
    this.grow(-1);
    this.applyCall(type);
    if (opcode === 0x13) this.tailCall(start);
  }

  private applyCall(type: FunctionType): void {
    if (type.hasVector) this.vectors = true;
    this.grow(-type.params.length);
    this.grow(type.results.length);
  }

  private tailCall(start: number): void {
    if (!this.dead) this.facts.events.push(start, Event.TailCall, 0);
    if (!this.dead) this.leaveTo(0);
    this.endOfFlow();
  }

  // Control flow

  private control(opcode: number, start: number): void {
    switch (opcode) {
      case 0x00:
        this.endOfFlow();
        break;
      case 0x02:
      case 0x03:
      case 0x04:
        this.enter(opcode);
        break;
      case 0x05:
        this.else();
        break;
      case 0x0b:
        this.end();
        break;
      case 0x0c:
        this.branchTo(this.reader.u32());
        this.endOfFlow();
        break;
      case 0x0d:
        this.grow(-1);
        this.branchTo(this.reader.u32());
        this.startBlock(this.reader.pos);
        break;
      case 0x0e:
        this.branchTable();
        break;
      default:
        if (!this.dead) this.facts.events.push(start, Event.Return, this.depth);
        if (!this.dead) this.leaveTo(0);
        this.endOfFlow();
        break;
    }
  }

  private push(kind: number, params: number, results: number): void {
    this.depth += 1;
    const top = this.depth;
    this.kind[top] = kind;
    this.params[top] = params;
    this.results[top] = results;
    this.base[top] = Math.max(0, this.height - params);
    this.targeted[top] = 0;
    this.bornDead[top] = this.dead ? 1 : 0;
    this.note[top] = 0;
    this.outerEvent[top] = this.chargeEvent;
    this.armEvent[top] = -1;
    this.elseEvent[top] = -1;
    this.leavesTo[top] = top;
  }

  private enter(opcode: number): void {
    const [params, results] = this.blockType();
    if (opcode === 0x04) {
      this.grow(-1);
      this.push(Frame.If, params, results);
      this.startBlock(this.reader.pos);
      this.armEvent[this.depth] = this.chargeEvent;
      return;
    }
    this.charge -= 1;
    this.push(opcode === 0x02 ? Frame.Block : Frame.Loop, params, results);
    if (opcode === 0x02) return;
    this.startBlock(this.reader.pos);
    this.note[this.depth] = this.chargeEvent;
  }

  private blockType(): readonly [number, number] {
    const reader = this.reader;
    const first = reader.u8();
    if (first === 0x40) return NOTHING;
    const value = valueType(first);
    if (value !== undefined) {
      if (value === 'v128') this.vectors = true;
      return ONE_RESULT;
    }
    if ((first & 0xc0) === 0x40) fault(`${reader.where} has a block of unsupported type 0x${first.toString(16)}`);
    reader.pos -= 1;
    const type = this.type(reader.u32());
    if (type.hasVector) this.vectors = true;
    return [type.params.length, type.results.length];
  }

  private else(): void {
    this.charge -= 1;
    const top = this.depth;
    if (this.kind[top] !== Frame.If) fault(`${this.reader.where} has an else without if at byte ${this.reader.pos}`);
    this.kind[top] = Frame.Else;
    this.note[top] = this.dead ? 1 : 0;
    this.height = (this.base[top] as number) + (this.params[top] as number);
    this.dead = this.bornDead[top] === 1;
    this.startBlock(this.reader.pos);
    this.elseEvent[top] = this.chargeEvent;
  }

  private end(): void {
    this.charge -= 1;
    const top = this.depth;
    const fellThrough = !this.dead;
    const kind = this.kind[top];
    const bornDead = this.bornDead[top] === 1;
    const targeted = kind !== Frame.Loop && this.targeted[top] === 1;
    const otherArm = kind === Frame.If || (kind === Frame.Else && this.note[top] === 0);
    if (kind === Frame.Loop && this.targeted[top] === 0 && !bornDead) {
      this.facts.events.setKind(this.note[top] as number, Event.Charge);
    } else if (kind === Frame.Loop && !bornDead) {
      this.facts.events.setKind(this.note[top] as number, Event.ChargeAndCheck);
      this.traits |= Trait.Loop;
    }
    this.height = (this.base[top] as number) + (this.results[top] as number);
    if (this.height > this.peak) this.peak = this.height;
    this.depth -= 1;
    if (this.depth < 0) this.closeBlock();
    if (this.depth < 0 || bornDead) return;
    const leavesTo = this.leavesTo[top] as number;
    if (leavesTo < (this.leavesTo[top - 1] as number)) this.leavesTo[top - 1] = leavesTo;
    const inner = this.chargeEvent;
    this.closeBlock();
    const joins = Number(fellThrough) + Number(targeted) + Number(otherArm);
    this.dead = joins === 0;
    const outer = this.outerEvent[top] as number;
    if (kind === Frame.Else) this.shareArms(top);
    if (this.dead) return;
    if (leavesTo === top) this.resume(outer);
    else if (joins === 1 && fellThrough) this.resume(inner);
    else this.startBlock(this.reader.pos);
  }

  private shareArms(top: number): void {
    const { events } = this.facts;
    const a = this.armEvent[top] as number;
    const b = this.elseEvent[top] as number;
    const outer = this.outerEvent[top] as number;
    const inA = events.data[a + 2] as number;
    const inB = events.data[b + 2] as number;
    const shared = Math.min(inA, inB);
    events.setAmount(a, inA - shared);
    events.setAmount(b, inB - shared);
    events.setAmount(outer, (events.data[outer + 2] as number) + shared);
  }

  private resume(event: number): void {
    this.chargeEvent = event;
    this.charge = this.facts.events.data[event + 2] as number;
  }

  private branchTo(label: number): void {
    if (label > this.depth) fault(`${this.reader.where} branches to label ${label}, which does not exist`);
    if (this.dead) return;
    const target = this.depth - label;
    this.targeted[target] = 1;
    this.leaveTo(target);
  }

  private leaveTo(target: number): void {
    if (target < (this.leavesTo[this.depth] as number)) this.leavesTo[this.depth] = target;
  }

  private branchTable(): void {
    this.grow(-1);
    for (let left = this.reader.count(); left >= 0; left -= 1) this.branchTo(this.reader.u32());
    this.endOfFlow();
  }

  /** What follows cannot be reached, up to the end of the frame. */
  private endOfFlow(): void {
    this.closeBlock();
    this.dead = true;
    this.height = this.base[this.depth] as number;
  }

  private closeBlock(): void {
    if (this.chargeEvent >= 0) this.facts.events.setAmount(this.chargeEvent, this.charge);
    this.chargeEvent = -1;
    this.charge = 0;
  }

  private startBlock(at: number): void {
    this.closeBlock();
    if (!this.dead) this.chargeEvent = this.facts.events.push(at, Event.Charge, 0);
  }
}

const NOTHING: readonly [number, number] = [0, 0];
const ONE_RESULT: readonly [number, number] = [0, 1];
