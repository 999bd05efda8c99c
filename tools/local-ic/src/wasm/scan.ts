/**
 * Decodes every operator of every function body once and writes down what the rewriter must know: what the basic blocks
 * cost (blocks.ts), where code returns, what can be a NaN, how high the operand stack gets, who calls whom.
 *
 * It does not check types. On code that validation would refuse its findings mean nothing, but it ends, with a
 * WasmFault or without, and touches nothing outside its arrays.
 */
import { BasicBlocks } from './blocks.ts';
import { estimateFrameBytes } from './frame.ts';
import { MAX_FUNCTION_COMPLEXITY, MAX_FUNCTION_INSTRUCTIONS, MAX_LOCALS } from './limits.ts';
import { Nan, PLAIN, PREFIXED, refusedOpcode, Shape, SIMD } from './opcodes.ts';
import { type FunctionType, type RawModule, SectionId } from './raw.ts';
import { ByteReader, fault } from './reader.ts';
import { readValueType, valueType } from './sections.ts';
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

  private readonly blocks: BasicBlocks;

  // Operand stack: its height, and per control frame the height below it, its parameters and its results.
  private height = 0;
  private peak = 0;
  private readonly base: number[] = [];
  private readonly params: number[] = [];
  private readonly results: number[] = [];

  private index = 0;
  private hasVectors = false;
  private traits = 0;
  private operators = 0;
  private complexity = 0;

  constructor(raw: RawModule, facts: FunctionFacts, reader: ByteReader) {
    this.raw = raw;
    this.facts = facts;
    this.reader = reader;
    this.blocks = new BasicBlocks(facts.events);
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
    this.blocks.begin(reader.pos);
    this.pushFrame(0, type.results.length);
    while (this.blocks.depth >= 0) {
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
      hasVectors: this.hasVectors,
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
    this.height = 0;
    this.peak = 0;
    this.hasVectors = type.hasVector || this.vectorGlobals;
    this.traits = 0;
    this.operators = 0;
    this.complexity = 0;
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
      if (readValueType(reader) === 'v128' && count > 0) this.hasVectors = true;
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
    const base = this.base[this.blocks.depth] as number;
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
    this.blocks.charge += count;
  }

  private otherOperator(): void {
    const reader = this.reader;
    const start = reader.pos;
    const opcode = reader.u8();
    this.operators += 1;
    this.complexity += PLAIN.complexity[opcode] as number;
    this.blocks.charge += 1;
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
        if (!this.blocks.dead) this.nan(PLAIN.nan[opcode] as number);
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
    const base = this.base[this.blocks.depth] as number;
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
    if (!this.blocks.dead) this.bulkEvents(opcode, start, index);
    if (opcode === 9) this.facts.droppedSegments.add(index);
    this.grow(PREFIXED.delta[opcode] as number);
  }

  private bulkEvents(opcode: number, start: number, index: number): void {
    const { events } = this.facts;
    if (opcode === 8 || opcode === 10 || opcode === 11 || opcode === 12 || (opcode >= 14 && opcode !== 16)) {
      events.push(start, Event.Bulk, 0);
      this.blocks.look();
    }
    if (opcode !== 8 && opcode !== 9) return;
    events.push(start, opcode === 8 ? Event.DataInit : Event.DataDrop, index);
    events.push(this.reader.pos, Event.Resume, 0);
  }

  private simd(): void {
    const reader = this.reader;
    const start = reader.pos - 1;
    const opcode = reader.u32();
    this.hasVectors = true;
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
    if (nan !== Nan.None && !this.blocks.dead) this.nan(nan);
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
    else if (!this.blocks.dead) this.facts.events.push(start, Event.ImportCall, 0);
    this.blocks.look();
    this.applyCall(this.type(typeIndex));
    if (opcode === 0x12) this.tailCall(start);
  }

  private callIndirect(opcode: number, start: number): void {
    const type = this.type(this.reader.u32());
    this.reader.skipLeb();
    this.traits |= Trait.CallsIndirectly;
    this.blocks.look();
    this.grow(-1);
    this.applyCall(type);
    if (opcode === 0x13) this.tailCall(start);
  }

  private applyCall(type: FunctionType): void {
    if (type.hasVector) this.hasVectors = true;
    this.grow(-type.params.length);
    this.grow(type.results.length);
  }

  private tailCall(start: number): void {
    if (!this.blocks.dead) this.facts.events.push(start, Event.TailCall, 0);
    this.blocks.leave();
    this.dropOperands();
  }

  // Control flow

  private control(opcode: number, start: number): void {
    const { blocks, reader } = this;
    switch (opcode) {
      case 0x00:
        blocks.stop();
        this.dropOperands();
        break;
      case 0x02:
      case 0x03:
      case 0x04:
        this.enter(opcode);
        break;
      case 0x05:
        if (!blocks.else(reader.pos)) fault(`${reader.where} has an else without if at byte ${start}`);
        this.height = (this.base[blocks.depth] as number) + (this.params[blocks.depth] as number);
        break;
      case 0x0b:
        this.height = (this.base[blocks.depth] as number) + (this.results[blocks.depth] as number);
        this.peak = Math.max(this.peak, this.height);
        blocks.end(reader.pos);
        break;
      case 0x0c:
        blocks.branch(this.label());
        this.dropOperands();
        break;
      case 0x0d:
        this.grow(-1);
        blocks.branchIf(this.label(), reader.pos);
        break;
      case 0x0e:
        for (let left = reader.count(); left >= 0; left -= 1) blocks.branchSome(this.label());
        blocks.stop();
        this.dropOperands();
        break;
      default:
        if (!blocks.dead) this.facts.events.push(start, Event.Return, blocks.depth);
        blocks.leave();
        this.dropOperands();
        break;
    }
  }

  private label(): number {
    const label = this.reader.u32();
    if (label > this.blocks.depth) fault(`${this.reader.where} branches to label ${label}, which does not exist`);
    return label;
  }

  private dropOperands(): void {
    this.height = this.base[this.blocks.depth] as number;
  }

  private enter(opcode: number): void {
    const [params, results] = this.blockType();
    const { blocks, reader } = this;
    if (opcode === 0x04) this.grow(-1);
    if (opcode === 0x02) blocks.block();
    else if (opcode === 0x03) blocks.loop(reader.pos);
    else blocks.if(reader.pos);
    this.pushFrame(params, results);
  }

  private pushFrame(params: number, results: number): void {
    const { depth } = this.blocks;
    this.base[depth] = Math.max(0, this.height - params);
    this.params[depth] = params;
    this.results[depth] = results;
  }

  private blockType(): readonly [number, number] {
    const reader = this.reader;
    const first = reader.u8();
    if (first === 0x40) return NOTHING;
    const value = valueType(first);
    if (value !== undefined) {
      if (value === 'v128') this.hasVectors = true;
      return ONE_RESULT;
    }
    if ((first & 0xc0) === 0x40) fault(`${reader.where} has a block of unsupported type 0x${first.toString(16)}`);
    reader.pos -= 1;
    const type = this.type(reader.u32());
    if (type.hasVector) this.hasVectors = true;
    return [type.params.length, type.results.length];
  }
}

const NOTHING: readonly [number, number] = [0, 0];
const ONE_RESULT: readonly [number, number] = [0, 1];
