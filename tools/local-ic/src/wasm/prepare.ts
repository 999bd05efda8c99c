import { MAX_MODULE_BYTES } from './limits.ts';
import { CALLBACK_EXPORT, globalExport, MEMORY_EXPORT, START_EXPORT, TABLE_EXPORT } from './names.ts';
import { ExternalKind, type RawModule } from './raw.ts';
import { fault, WasmFault } from './reader.ts';
import { rewrite } from './rewrite.ts';
import { checkRules } from './rules.ts';
import { scanBodies } from './scan.ts';
import { readSections } from './sections.ts';
import type { FunctionFacts } from './tape.ts';
import type { GlobalInfo, GlobalType, ModuleInfo, PrepareOptions, PrepareResult } from './types.ts';

/**
 * Checks raw (already decompressed) Wasm by the IC's rules and instruments it. Never throws on bad input: what is wrong
 * with the module is the error's message.
 */
export function prepareModule(bytes: Uint8Array, options: PrepareOptions): PrepareResult {
  try {
    if (bytes.length > MAX_MODULE_BYTES) {
      fault(`the module has ${bytes.length} bytes, and at most ${MAX_MODULE_BYTES} are allowed`);
    }
    const raw = readSections(bytes);
    checkRules(raw, options.imports);
    const facts = scanBodies(raw);
    validate(bytes);
    const module = compile(rewrite(raw, facts));
    return { ok: true, value: { module, info: describeModule(raw, facts) } };
  } catch (error) {
    if (error instanceof WasmFault) return { ok: false, error: { code: 'IC0505', message: error.message } };
    throw error;
  }
}

/** V8's own validation of the original: from here on the code is known to be well typed. */
function validate(bytes: Uint8Array): void {
  if (WebAssembly.validate(bytes)) return;
  try {
    new WebAssembly.Module(bytes);
  } catch (error) {
    fault(engineMessage(error));
  }
  fault('validation failed');
}

/** The rewritten code is valid if the original was, except that it may pass a size limit of V8. */
function compile(bytes: Uint8Array): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    return fault(`the module is too large to be metered: ${engineMessage(error)}`);
  }
}

function engineMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^WebAssembly\.\w+\(\): /, '');
}

function describeModule(raw: RawModule, facts: FunctionFacts): ModuleInfo {
  const functions = raw.exports.filter(({ kind }) => kind === ExternalKind.Function);
  const memoryName = raw.exports.find(({ kind }) => kind === ExternalKind.Memory)?.name ?? MEMORY_EXPORT;
  const tableName = raw.exports.find(({ kind }) => kind === ExternalKind.Table)?.name ?? TABLE_EXPORT;
  const change = facts.instanceChange;
  return {
    functionExports: new Set(functions.map(({ name }) => name)),
    memory: raw.memory === null ? null : { ...raw.memory, exportName: memoryName },
    table:
      raw.table === null
        ? null
        : { exportName: tableName, callbackExport: raw.table === 'funcref' ? CALLBACK_EXPORT : null },
    globals: describeGlobals(raw),
    customSections: raw.customSections,
    startExport: raw.start === null ? null : START_EXPORT,
    instructionCount: facts.instructionCount,
    reusable: change === null,
    reusableReason:
      change === null
        ? 'no operator of the module changes a table'
        : `function ${change.functionIndex} uses ${change.operator}`,
  };
}

function describeGlobals(raw: RawModule): GlobalInfo[] {
  const entry = (index: number, exportName: string): GlobalInfo[] => {
    const global = raw.globals[index];
    if (global === undefined) return [];
    return [{ index, type: global.type as GlobalType, mutable: global.mutable, exportName }];
  };
  const exported = raw.exports.filter(({ kind }) => kind === ExternalKind.Global);
  const names = new Set(exported.map(({ index }) => index));
  const hidden = raw.globals.flatMap(({ mutable }, index) => (mutable && !names.has(index) ? [index] : []));
  return [
    ...exported.flatMap(({ name, index }) => entry(index, name)),
    ...hidden.flatMap((index) => entry(index, globalExport(index))),
  ];
}
