/**
 * The scanner's findings, in arrays of numbers: a module has a million operators, and an object for each would cost
 * more than everything else. An event says what the rewriter does at one byte of the code; between events it copies.
 */

/** What happens at an event's byte offset. `amount` is in the comment; unused where none is named. */
export const Event = {
  /** Charge `amount` instructions; a refund if negative. */
  Charge: 0,
  /** Stop if no instructions are left, and charge `amount`: the head of a loop. */
  ChargeAndCheck: 1,
  /** A `return` (one byte); `amount` = how many labels it leaves. */
  Return: 2,
  /** A tail call starts here. */
  TailCall: 3,
  /** A bulk operator starts here; its count of bytes or elements is on top of the stack. */
  Bulk: 4,
  /** The operator before may have left a NaN; one kind for each of f32, f64, f32x4, f64x2. */
  NanF32: 5,
  NanF64: 6,
  NanF32x4: 7,
  NanF64x2: 8,
  /** A call of an import starts here: the host may look at the meter. */
  ImportCall: 9,
  /** memory.init of segment `amount` starts here; a Resume follows. */
  DataInit: 10,
  /** data.drop of segment `amount` starts here; a Resume follows. */
  DataDrop: 11,
  /** Where the bytes go on behind an operator that was replaced. */
  Resume: 12,
} as const;

/** Growable list of (offset, kind, amount). */
export class EventTape {
  /** Three numbers per event: offset, kind, amount. */
  data = new Int32Array(3 * 32_768);
  /** Numbers in use, three times the events. */
  length = 0;

  push(offset: number, kind: number, amount: number): number {
    const at = this.length;
    if (at + 3 > this.data.length) {
      const grown = new Int32Array(this.data.length * 2);
      grown.set(this.data);
      this.data = grown;
    }
    this.data[at] = offset;
    this.data[at + 1] = kind;
    this.data[at + 2] = amount;
    this.length = at + 3;
    return at;
  }

  amount(at: number): number {
    return this.data[at + 2] as number;
  }

  add(at: number, amount: number): void {
    this.data[at + 2] = (this.data[at + 2] as number) + amount;
  }

  setAmount(at: number, amount: number): void {
    this.data[at + 2] = amount;
  }

  setKind(at: number, kind: number): void {
    this.data[at + 1] = kind;
  }
}

/** Growable list of numbers in the range of i32. */
export class IntList {
  data = new Int32Array(4096);
  length = 0;

  push(value: number): void {
    if (this.length === this.data.length) {
      const grown = new Int32Array(this.data.length * 2);
      grown.set(this.data);
      this.data = grown;
    }
    this.data[this.length++] = value;
  }
}

/** Flags of a function. */
export const Trait = {
  /** Calls through the table, so that anything may be called. */
  CallsIndirectly: 2,
  NanF32: 4,
  NanF64: 8,
  /** A vector operator that can leave NaNs. */
  NanVector: 16,
} as const;

/** Facts of every defined function, one array per fact; the index is that among the defined functions. */
export interface FunctionFacts {
  readonly count: number;
  /** Offset of the local declarations. */
  readonly bodyStart: Int32Array;
  /** Offset of the first operator. */
  readonly codeStart: Int32Array;
  /** Offset behind the last `end`. */
  readonly bodyEnd: Int32Array;
  /** Parameters and locals. */
  readonly locals: Int32Array;
  /** Estimated bytes of the call frame; see frame.ts. */
  readonly frameBytes: Int32Array;
  readonly instructions: Int32Array;
  readonly traits: Uint8Array;
  /** Where its events start; entry `count` is the end of the last. */
  readonly firstEvent: Int32Array;
  /** Where its direct callees start in `callees`; entry `count` is the end of the last. */
  readonly firstCallee: Int32Array;
  /** Direct callees, one per call operator, as indices among the defined functions; imports are left out. */
  readonly callees: IntList;
  readonly events: EventTape;
  /** Data segments that some function drops. */
  readonly droppedSegments: Set<number>;
  instructionCount: number;
  /** First operator found that can change a table, or null. */
  instanceChange: { readonly operator: string; readonly functionIndex: number } | null;
}

export function emptyFacts(count: number): FunctionFacts {
  return {
    count,
    bodyStart: new Int32Array(count),
    codeStart: new Int32Array(count),
    bodyEnd: new Int32Array(count),
    locals: new Int32Array(count),
    frameBytes: new Int32Array(count),
    instructions: new Int32Array(count),
    traits: new Uint8Array(count),
    firstEvent: new Int32Array(count + 1),
    firstCallee: new Int32Array(count + 1),
    callees: new IntList(),
    events: new EventTape(),
    droppedSegments: new Set(),
    instructionCount: 0,
    instanceChange: null,
  };
}
