/**
 * The IC's rules on imports, exports and custom sections (interface specification, canister module format).
 */
import {
  MAX_EXPORTED_METHOD_NAME_BYTES,
  MAX_EXPORTED_METHODS,
  MAX_ICP_SECTION_BYTES,
  MAX_ICP_SECTIONS,
} from './limits.ts';
import { ExternalKind, type FunctionType, type RawModule } from './raw.ts';
import { fault } from './reader.ts';
import type { FunctionSignature } from './types.ts';

/** Start of every export name that the rewriter adds. */
export const RESERVED_PREFIX = 'local-ic ';

const ENTRY_POINTS: ReadonlySet<string> = new Set([
  'canister_init',
  'canister_pre_upgrade',
  'canister_post_upgrade',
  'canister_inspect_message',
  'canister_heartbeat',
  'canister_global_timer',
  'canister_on_low_wasm_memory',
]);
const METHOD_KINDS = ['canister_update ', 'canister_query ', 'canister_composite_query '];
/** Names the replica keeps for itself, whatever kind of thing is exported (WU, RESERVED_SYMBOLS). */
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'canister_start',
  'canister counter_instructions',
  'canister counter_dirty_pages',
  'canister counter_accessed_pages',
  'stable_memory',
  'stable_memory_bytemap',
]);

export function checkRules(raw: RawModule, imports: ReadonlyMap<string, FunctionSignature>): void {
  checkImports(raw, imports);
  checkExports(raw);
  checkGlobals(raw);
  checkCustomSections(raw);
}

function describe(type: FunctionSignature): string {
  return `(${type.params.join(', ')}) -> (${type.results.join(', ')})`;
}

function checkImports(raw: RawModule, offered: ReadonlyMap<string, FunctionSignature>): void {
  for (const { module, name, type } of raw.imports) {
    if (module !== 'ic0') {
      fault(`the function "${name}" is imported from "${module}"; only functions of "ic0" can be imported`);
    }
    const expected = offered.get(name);
    if (expected === undefined) fault(`"ic0" offers no function "${name}"`);
    const actual = raw.types[type] ?? fault(`the import "${name}" names type ${type}, which does not exist`);
    if (describe(actual) !== describe(expected)) {
      fault(`the import "ic0" "${name}" has type ${describe(actual)}, but it must be ${describe(expected)}`);
    }
  }
}

function checkExports(raw: RawModule): void {
  const methods = new Set<string>();
  let nameBytes = 0;
  for (const { name, kind, index } of raw.exports) {
    if (RESERVED_NAMES.has(name) || name.startsWith(RESERVED_PREFIX)) {
      fault(`the export name "${name}" is reserved`);
    }
    if (kind !== ExternalKind.Function || !name.startsWith('canister_')) continue;
    const prefix = METHOD_KINDS.find((candidate) => name.startsWith(candidate));
    if (prefix !== undefined) {
      const method = name.slice(prefix.length);
      if (methods.has(method)) fault(`the method "${method}" is exported more than once`);
      methods.add(method);
      nameBytes += Buffer.byteLength(method);
    } else if (!ENTRY_POINTS.has(name)) {
      fault(`the function "${name}" is exported, but names that start with "canister_" are reserved`);
    }
    checkEntryPoint(name, functionType(raw, index));
  }
  if (methods.size > MAX_EXPORTED_METHODS) {
    fault(`the module exports ${methods.size} methods, and at most ${MAX_EXPORTED_METHODS} are allowed`);
  }
  if (nameBytes > MAX_EXPORTED_METHOD_NAME_BYTES) {
    fault(`the names of all methods take ${nameBytes} bytes; at most ${MAX_EXPORTED_METHOD_NAME_BYTES} are allowed`);
  }
}

/** JavaScript can neither read nor write a global of type v128, so an execution could not be rolled back. */
function checkGlobals(raw: RawModule): void {
  const exported = new Set(raw.exports.filter(({ kind }) => kind === ExternalKind.Global).map(({ index }) => index));
  raw.globals.forEach(({ type, mutable }, index) => {
    if (type === 'v128' && (mutable || exported.has(index))) {
      fault(`global ${index} has type v128 and is mutable or exported, which is not supported yet`);
    }
  });
}

function functionType(raw: RawModule, index: number): FunctionType {
  const imported = raw.imports.length;
  const type = index < imported ? raw.imports[index]?.type : raw.functions[index - imported];
  return raw.types[type ?? -1] ?? fault(`function ${index} is exported but does not exist`);
}

function checkEntryPoint(name: string, type: FunctionType): void {
  if (type.params.length + type.results.length > 0) {
    fault(`the exported function "${name}" has type ${describe(type)}, but it must be () -> ()`);
  }
}

const ICP_SECTION = /^icp:(?:public|private) /;

function checkCustomSections(raw: RawModule): void {
  const names = new Set<string>();
  let total = 0;
  for (const { name, content } of raw.customSections) {
    if (!name.startsWith('icp:')) continue;
    const scope = ICP_SECTION.exec(name)?.[0];
    if (scope === undefined) {
      fault(`the custom section "${name}" must be named "icp:public NAME" or "icp:private NAME"`);
    }
    const bare = name.slice(scope.length);
    if (names.has(bare)) fault(`two custom sections are named "${bare}"`);
    names.add(bare);
    total += content.length + Buffer.byteLength(bare);
  }
  if (names.size > MAX_ICP_SECTIONS) {
    fault(`the module has ${names.size} custom sections "icp:…", and at most ${MAX_ICP_SECTIONS} are allowed`);
  }
  if (total > MAX_ICP_SECTION_BYTES) {
    fault(`the custom sections "icp:…" take ${total} bytes; at most ${MAX_ICP_SECTION_BYTES} are allowed`);
  }
}
