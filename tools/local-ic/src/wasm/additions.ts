/** What the rewriter adds to a module, and under which indices. */
import { ExternalKind, type FunctionType, type RawModule, SectionId } from './raw.ts';
import type { FunctionFacts } from './tape.ts';
import type { ValueType } from './types.ts';

export interface AddedItems {
  readonly types: readonly FunctionType[];
  /** Type index of each added function, in order: settle, begin, overflow, bulk, one per dropped segment, callback. */
  readonly functionTypes: readonly number[];
  /** Globals: two i64, then i32. */
  readonly globalCount: number;
  /** i64: METER.gas. */
  readonly gas: number;
  /** i64: METER.pending. */
  readonly pending: number;
  /** i32: METER.stack, the host's letter box. */
  readonly stackBudget: number;
  /** i32: bytes of call stack left. */
  readonly stackLeft: number;
  /** Functions. */
  readonly settle: number;
  readonly begin: number;
  readonly overflow: number;
  readonly bulk: number;
  /** CALLBACK_EXPORT, and the type of what it calls; null without a table of functions. */
  readonly callback: number | null;
  readonly callbackType: number;
  /** Data segments that the module drops: the flag that stands for the drop, and the stand-in for memory.init. */
  readonly dropped: ReadonlyMap<number, { readonly flag: number; readonly init: number }>;
  /** Index of an added passive segment without bytes, which a dropped one looks like; null if none is dropped. */
  readonly emptySegment: number | null;
  /** Type index of a block without parameters that leaves these results, for two or more. */
  readonly blockTypes: ReadonlyMap<string, number>;
  /** 1 for defined functions that the host can call: exports, the start function, callbacks of type (i32) -> (). */
  readonly hostCallable: Uint8Array;
}

export function planAdditions(raw: RawModule, facts: FunctionFacts): AddedItems {
  const types: FunctionType[] = [];
  const addType = (params: readonly ValueType[], results: readonly ValueType[]): number => {
    types.push({ params, results, hasVector: false });
    return raw.types.length + types.length - 1;
  };
  const nothing = addType([], []);
  const count = addType(['i32'], ['i32']);
  const init = addType(['i32', 'i32', 'i32'], []);
  const callbackType = addType(['i32'], []);
  const callCallback = addType(['i32', 'i32'], []);
  const firstFunction = raw.imports.length + raw.functions.length;
  const firstGlobal = raw.globals.length;
  const segments = [...facts.droppedSegments].sort((a, b) => a - b);
  return {
    blockTypes: planBlockTypes(raw, addType),
    types,
    functionTypes: [
      ...[nothing, nothing, nothing, count],
      ...segments.map(() => init),
      ...(raw.table === 'funcref' ? [callCallback] : []),
    ],
    globalCount: 4 + segments.length,
    gas: firstGlobal,
    pending: firstGlobal + 1,
    stackBudget: firstGlobal + 2,
    stackLeft: firstGlobal + 3,
    settle: firstFunction,
    begin: firstFunction + 1,
    overflow: firstFunction + 2,
    bulk: firstFunction + 3,
    callback: raw.table === 'funcref' ? firstFunction + 4 + segments.length : null,
    callbackType,
    dropped: new Map(
      segments.map((segment, i) => [segment, { flag: firstGlobal + 4 + i, init: firstFunction + 4 + i }]),
    ),
    emptySegment: segments.length === 0 ? null : countDataSegments(raw),
    hostCallable: findHostCallable(raw),
  };
}

function planBlockTypes(
  raw: RawModule,
  addType: (params: readonly ValueType[], results: readonly ValueType[]) => number,
): Map<string, number> {
  const blockTypes = new Map<string, number>();
  for (const type of new Set(raw.functions)) {
    const results = raw.types[type]?.results ?? [];
    const key = results.join();
    if (results.length > 1 && !blockTypes.has(key)) blockTypes.set(key, addType([], results));
  }
  return blockTypes;
}

/** The count stands at the start of the data count section, which must be there when code drops a segment. */
function countDataSegments(raw: RawModule): number {
  let at = raw.payloads[SectionId.DataCount]?.from ?? 0;
  let count = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = raw.bytes[at++] as number;
    count |= (byte & 0x7f) << shift;
    if (byte < 0x80) return count;
  }
}

function findHostCallable(raw: RawModule): Uint8Array {
  const imported = raw.imports.length;
  const callable = new Uint8Array(raw.functions.length);
  raw.functions.forEach((type, index) => {
    const signature = raw.types[type];
    if (signature?.params.join() === 'i32' && signature.results.length === 0) callable[index] = 1;
  });
  for (const { kind, index } of raw.exports) {
    if (kind === ExternalKind.Function && index >= imported) callable[index - imported] = 1;
  }
  if (raw.start !== null && raw.start >= imported) callable[raw.start - imported] = 1;
  return callable;
}
