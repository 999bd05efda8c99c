/**
 * Writes the instrumented module: the original's bytes with what the scanner's events ask for in between.
 *
 * Types, functions, globals and a data segment are added at the end of their index spaces, so that no index of the
 * original changes. Exports are added; the start section is left out; of the custom sections only the names stay.
 */
import { type AddedItems, planAdditions } from './additions.ts';
import { BodyWriter } from './body.ts';
import { planAccounting } from './call-graph.ts';
import { writeHelpers } from './helpers.ts';
import { CALLBACK_EXPORT, globalExport, MEMORY_EXPORT, METER, START_EXPORT, TABLE_EXPORT } from './names.ts';
import { ExternalKind, type RawModule, SectionId, VALUE_CODES } from './raw.ts';
import { vectorStart } from './reader.ts';
import type { FunctionFacts } from './tape.ts';
import { ByteWriter } from './writer.ts';

/** `raw` must have passed validation. */
export function rewrite(raw: RawModule, facts: FunctionFacts): Uint8Array {
  const out = new ByteWriter(Math.ceil(raw.bytes.length * 1.4) + 4096);
  const added = planAdditions(raw, facts);
  out.raw(raw.bytes.subarray(0, 8));
  extend(out, raw, SectionId.Type, added.types.length, () => writeTypes(out, added));
  copySection(out, raw, SectionId.Import);
  extend(out, raw, SectionId.Function, added.functionTypes.length, () => {
    for (const type of added.functionTypes) out.u32(type);
  });
  copySection(out, raw, SectionId.Table);
  copySection(out, raw, SectionId.Memory);
  extend(out, raw, SectionId.Global, added.globalCount, () => writeGlobals(out, added));
  writeExports(out, raw, added);
  copySection(out, raw, SectionId.Element);
  writeDataCount(out, raw, added);
  writeCode(out, raw, facts, added);
  if (added.emptySegment === null) copySection(out, raw, SectionId.Data);
  else extend(out, raw, SectionId.Data, 1, () => out.raw(EMPTY_PASSIVE_SEGMENT));
  writeNames(out, raw);
  return out.finish();
}

const EMPTY_PASSIVE_SEGMENT = new Uint8Array([1, 0]);
const I64_ZERO_GLOBAL = new Uint8Array([0x7e, 1, 0x42, 0, 0x0b]);
const I32_ZERO_GLOBAL = new Uint8Array([0x7f, 1, 0x41, 0, 0x0b]);

function copySection(out: ByteWriter, raw: RawModule, id: number): void {
  const range = raw.payloads[id];
  if (range === undefined) return;
  out.u8(id);
  out.u32(range.to - range.from);
  out.copy(raw.bytes, range.from, range.to);
}

/** Writes a section that is a vector, with `count` entries more than the original has. */
function extend(out: ByteWriter, raw: RawModule, id: number, ...[count, write]: [number, () => void]): void {
  const range = raw.payloads[id];
  out.u8(id);
  const size = out.beginSized();
  if (range === undefined) {
    out.u32(count);
  } else {
    const start = vectorStart(raw.bytes, range.from);
    out.u32(start.count + count);
    out.copy(raw.bytes, start.entries, range.to);
  }
  write();
  out.endSized(size);
}

function writeTypes(out: ByteWriter, added: AddedItems): void {
  for (const { params, results } of added.types) {
    out.u8(0x60);
    for (const list of [params, results]) {
      out.u32(list.length);
      for (const type of list) out.u8(VALUE_CODES[type]);
    }
  }
}

function writeGlobals(out: ByteWriter, added: AddedItems): void {
  for (let i = 0; i < added.globalCount; i += 1) out.raw(i < 2 ? I64_ZERO_GLOBAL : I32_ZERO_GLOBAL);
}

function writeExports(out: ByteWriter, raw: RawModule, added: AddedItems): void {
  const entries: (readonly [name: string, kind: number, index: number])[] = [
    [METER.gas, ExternalKind.Global, added.gas],
    [METER.pending, ExternalKind.Global, added.pending],
    [METER.stack, ExternalKind.Global, added.stackBudget],
  ];
  const has = (kind: number): boolean => raw.exports.some((entry) => entry.kind === kind);
  if (raw.memory !== null && !has(ExternalKind.Memory)) entries.push([MEMORY_EXPORT, ExternalKind.Memory, 0]);
  if (raw.table !== null && !has(ExternalKind.Table)) entries.push([TABLE_EXPORT, ExternalKind.Table, 0]);
  const exported = new Set(raw.exports.filter(({ kind }) => kind === ExternalKind.Global).map(({ index }) => index));
  raw.globals.forEach(({ mutable }, index) => {
    if (mutable && !exported.has(index)) entries.push([globalExport(index), ExternalKind.Global, index]);
  });
  if (added.callback !== null) entries.push([CALLBACK_EXPORT, ExternalKind.Function, added.callback]);
  if (raw.start !== null) entries.push([START_EXPORT, ExternalKind.Function, raw.start]);
  extend(out, raw, SectionId.Export, entries.length, () => {
    for (const [name, kind, index] of entries) {
      out.name(name);
      out.u8(kind);
      out.u32(index);
    }
  });
}

function writeDataCount(out: ByteWriter, raw: RawModule, added: AddedItems): void {
  if (added.emptySegment === null) {
    copySection(out, raw, SectionId.DataCount);
    return;
  }
  out.u8(SectionId.DataCount);
  const size = out.beginSized();
  out.u32(added.emptySegment + 1);
  out.endSized(size);
}

function writeCode(out: ByteWriter, raw: RawModule, facts: FunctionFacts, added: AddedItems): void {
  const bodies = new BodyWriter(out, { raw, facts, added, accounting: planAccounting(facts) });
  out.u8(SectionId.Code);
  const size = out.beginSized();
  out.u32(facts.count + added.functionTypes.length);
  for (let index = 0; index < facts.count; index += 1) {
    const body = out.beginSized();
    bodies.write(index);
    out.endSized(body);
  }
  writeHelpers(out, added);
  out.endSized(size);
}

function writeNames(out: ByteWriter, raw: RawModule): void {
  const range = raw.payloads[SectionId.Custom];
  if (range === undefined) return;
  out.u8(SectionId.Custom);
  const size = out.beginSized();
  out.name('name');
  out.copy(raw.bytes, range.from, range.to);
  out.endSized(size);
}
