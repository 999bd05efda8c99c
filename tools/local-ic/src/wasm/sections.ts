/**
 * Reads the sections of a module (WebAssembly binary format, "Modules") into plain data; function bodies are left to
 * the scanner. It refuses what the IC does not run, and leaves type checking to the validation that follows.
 */
import { MAX_CODE_SECTION_BYTES, MAX_FUNCTIONS, MAX_GLOBALS, MAX_TABLE_ELEMENTS } from './limits.ts';
import { ExternalKind, type RawModule, SectionId } from './raw.ts';
import { ByteReader, fault } from './reader.ts';
import type { ValueType } from './types.ts';

const SECTION_NAMES = [
  'custom',
  'type',
  'import',
  'function',
  'table',
  'memory',
  'global',
  'export',
  'start',
  'element',
  'code',
  'data',
  'data count',
];

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

export function readSections(bytes: Uint8Array): RawModule {
  const reader = new ByteReader(bytes);
  for (const expected of MAGIC_AND_VERSION) {
    if (reader.u8() !== expected) fault('the bytes do not start with the header of a WebAssembly 1 module');
  }
  const raw: RawModule = {
    bytes,
    types: [],
    imports: [],
    functions: [],
    globals: [],
    exports: [],
    customSections: [],
    payloads: [],
    table: null,
    memory: null,
    start: null,
  };
  while (reader.pos < bytes.length) readSection(reader, raw);
  return raw;
}

function readSection(reader: ByteReader, raw: RawModule): void {
  const id = reader.u8();
  if (id === 13) fault('exception handling is not supported (the module has a tag section)');
  const name = SECTION_NAMES[id];
  if (name === undefined) fault(`unknown section ${id} at byte ${reader.pos - 1}`);
  reader.where = `the ${name} section`;
  const size = reader.u32();
  const from = reader.pos;
  reader.skip(size);
  const to = reader.pos;
  reader.pos = from;
  reader.end = to;
  if (id === SectionId.Custom) {
    readCustom(reader, raw);
  } else {
    if (raw.payloads[id] !== undefined) fault(`the module has two ${name} sections`);
    raw.payloads[id] = { from, to };
    READERS[id]?.(reader, raw);
  }
  if (reader.pos !== to) fault(`the ${name} section has ${to - reader.pos} bytes too many`);
  reader.end = raw.bytes.length;
  reader.where = 'the module';
}

const READERS: ((reader: ByteReader, raw: RawModule) => void)[] = [];
READERS[SectionId.Type] = readTypes;
READERS[SectionId.Import] = readImports;
READERS[SectionId.Function] = readFunctions;
READERS[SectionId.Table] = readTables;
READERS[SectionId.Memory] = readMemories;
READERS[SectionId.Global] = readGlobals;
READERS[SectionId.Export] = readExports;
READERS[SectionId.Start] = (reader, raw) => {
  raw.start = reader.u32();
};
READERS[SectionId.Element] = readElements;
READERS[SectionId.Code] = (reader) => {
  const size = reader.end - reader.pos;
  if (size > MAX_CODE_SECTION_BYTES) {
    fault(`the code section has ${size} bytes, and at most ${MAX_CODE_SECTION_BYTES} are allowed`);
  }
  reader.pos = reader.end;
};
READERS[SectionId.Data] = readData;
READERS[SectionId.DataCount] = (reader) => {
  reader.u32();
};

function readCustom(reader: ByteReader, raw: RawModule): void {
  const name = reader.name();
  const from = reader.pos;
  const content = reader.take(reader.end - from);
  raw.customSections.push({ name, content });
  if (name === 'name') raw.payloads[SectionId.Custom] = { from, to: reader.pos };
}

export function readValueType(reader: ByteReader): ValueType {
  const code = reader.u8();
  return valueType(code) ?? fault(`unsupported value type 0x${code.toString(16)} in ${reader.where}`);
}

export function valueType(code: number): ValueType | undefined {
  switch (code) {
    case 0x7f:
      return 'i32';
    case 0x7e:
      return 'i64';
    case 0x7d:
      return 'f32';
    case 0x7c:
      return 'f64';
    case 0x7b:
      return 'v128';
    case 0x70:
      return 'funcref';
    case 0x6f:
      return 'externref';
    default:
      return undefined;
  }
}

function readTypes(reader: ByteReader, raw: RawModule): void {
  for (let left = reader.count(); left > 0; left -= 1) {
    const form = reader.u8();
    if (form === 0x5f || form === 0x5e || form === 0x4e || form === 0x50 || form === 0x4f) {
      fault('garbage-collected types are not supported');
    }
    if (form !== 0x60) fault(`type ${raw.types.length} is not a function type`);
    const params = readValueTypes(reader);
    const results = readValueTypes(reader);
    raw.types.push({ params, results, hasVector: params.includes('v128') || results.includes('v128') });
  }
}

function readValueTypes(reader: ByteReader): ValueType[] {
  const types: ValueType[] = [];
  for (let left = reader.count(); left > 0; left -= 1) types.push(readValueType(reader));
  return types;
}

function readImports(reader: ByteReader, raw: RawModule): void {
  for (let left = reader.count(); left > 0; left -= 1) {
    const module = reader.name();
    const name = reader.name();
    const kind = reader.u8();
    if (kind !== ExternalKind.Function) {
      fault(`the import "${module}" "${name}" is not a function; only functions of "ic0" can be imported`);
    }
    raw.imports.push({ module, name, type: reader.u32() });
  }
}

function readFunctions(reader: ByteReader, raw: RawModule): void {
  const count = reader.count();
  if (count > MAX_FUNCTIONS) {
    fault(`the module defines ${count} functions, and at most ${MAX_FUNCTIONS} are allowed`);
  }
  for (let left = count; left > 0; left -= 1) raw.functions.push(reader.u32());
}

/** Limits of a table or memory: [minimum, maximum or null]. */
function readLimits(reader: ByteReader, what: string): readonly [number, number | null] {
  const flags = reader.u8();
  if ((flags & 0x02) !== 0) fault(`the ${what} is shared: threads are not supported`);
  if ((flags & 0x04) !== 0) fault(`the ${what} has 64-bit addresses: memory64 is not supported yet`);
  if (flags > 0x01) fault(`the ${what} has unknown limits 0x${flags.toString(16)}`);
  const minimum = reader.u32();
  return [minimum, flags === 1 ? reader.u32() : null];
}

function readTables(reader: ByteReader, raw: RawModule): void {
  const count = reader.count();
  if (count > 1) fault(`the module has ${count} tables, and at most one is allowed`);
  if (count === 0) return;
  if (reader.bytes[reader.pos] === 0x40) fault('a table with an initial value is not supported (function references)');
  const type = readValueType(reader);
  if (type !== 'funcref' && type !== 'externref') fault(`a table cannot hold values of type ${type}`);
  raw.table = type;
  const [minimum] = readLimits(reader, 'table');
  if (minimum > MAX_TABLE_ELEMENTS) {
    fault(`the table starts with ${minimum} elements, and at most ${MAX_TABLE_ELEMENTS} are allowed`);
  }
}

function readMemories(reader: ByteReader, raw: RawModule): void {
  const count = reader.count();
  if (count > 1) fault(`the module has ${count} memories: multi-memory is not supported`);
  if (count === 0) return;
  const [initialPages, maximumPages] = readLimits(reader, 'memory');
  raw.memory = { initialPages, maximumPages };
}

function readGlobals(reader: ByteReader, raw: RawModule): void {
  const count = reader.count();
  if (count > MAX_GLOBALS) fault(`the module defines ${count} globals, and at most ${MAX_GLOBALS} are allowed`);
  for (let index = 0; index < count; index += 1) {
    const type = readValueType(reader);
    if (type === 'funcref' || type === 'externref') {
      fault(`global ${index} has type ${type}: globals that hold references are not supported`);
    }
    const mutability = reader.u8();
    if (mutability > 1) fault(`global ${index} is neither constant nor mutable`);
    raw.globals.push({ type, mutable: mutability === 1 });
    readConstant(reader, `global ${index}`);
  }
}

/** Reads a constant expression: exactly one constant and `end`. */
function readConstant(reader: ByteReader, what: string): void {
  const opcode = reader.u8();
  switch (opcode) {
    case 0x41:
    case 0x42:
    case 0xd2:
      reader.skipLeb();
      break;
    case 0x43:
      reader.skip(4);
      break;
    case 0x44:
      reader.skip(8);
      break;
    case 0xd0:
      readValueType(reader);
      break;
    case 0xfd:
      if (reader.u32() !== 12) fault(`${what} does not start with a constant`);
      reader.skip(16);
      break;
    case 0x23:
      fault(`${what} starts with the value of another global, which is not supported`);
      break;
    default:
      fault(`${what} starts with something else than a constant (operator 0x${opcode.toString(16)})`);
  }
  if (reader.u8() !== 0x0b) fault(`${what}: extended constant expressions are not supported`);
}

function readExports(reader: ByteReader, raw: RawModule): void {
  for (let left = reader.count(); left > 0; left -= 1) {
    const name = reader.name();
    const kind = reader.u8();
    if (kind > ExternalKind.Global) fault(`the export "${name}" is of unknown kind ${kind}`);
    raw.exports.push({ name, kind, index: reader.u32() });
  }
}

function readElements(reader: ByteReader): void {
  const count = reader.count();
  for (let index = 0; index < count; index += 1) {
    const what = `element segment ${index}`;
    const flags = reader.u32();
    if (flags > 7) fault(`${what} has unknown flags ${flags}`);
    const passive = (flags & 1) !== 0;
    const explicit = (flags & 2) !== 0;
    const expressions = (flags & 4) !== 0;
    if (!passive && explicit && reader.u32() !== 0) fault(`${what} is for a table that does not exist`);
    if (!passive) readConstant(reader, what);
    if (passive || explicit) {
      if (expressions) readValueType(reader);
      else if (reader.u8() !== 0) fault(`${what} does not hold functions`);
    }
    for (let left = reader.count(); left > 0; left -= 1) {
      if (expressions) readConstant(reader, what);
      else reader.u32();
    }
  }
}

function readData(reader: ByteReader): void {
  const count = reader.count();
  for (let index = 0; index < count; index += 1) {
    const what = `data segment ${index}`;
    const flags = reader.u32();
    if (flags > 2) fault(`${what} has unknown flags ${flags}`);
    if (flags === 2 && reader.u32() !== 0) fault(`${what} is for a second memory: multi-memory is not supported`);
    if (flags !== 1) readConstant(reader, what);
    reader.skip(reader.u32());
  }
}
