/** Shapes that this folder offers to the rest of the engine. */

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'funcref' | 'externref';

export interface FunctionSignature {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface PrepareOptions {
  /** ic0 functions the host offers, name to signature. An import outside it, or with another signature, is an error. */
  readonly imports: ReadonlyMap<string, FunctionSignature>;
}

export type GlobalType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

export interface GlobalInfo {
  /** Index in the module's global index space. */
  readonly index: number;
  readonly type: GlobalType;
  readonly mutable: boolean;
  /** Name under which the instrumented module exports it. */
  readonly exportName: string;
}

/** A custom section; `content` is a view of the bytes that were prepared. */
export interface CustomSection {
  readonly name: string;
  readonly content: Uint8Array;
}

export interface ModuleInfo {
  /** Names of the module's own exported functions, as the author wrote them. */
  readonly functionExports: ReadonlySet<string>;
  /** The memory, in pages of 64 KiB; the instrumented module always exports it. */
  readonly memory: {
    readonly initialPages: number;
    readonly maximumPages: number | null;
    readonly exportName: string;
  } | null;
  /**
   * The table; the instrumented module always exports it. `callbackExport` names an added function (index i32, env i32)
   * through which the host calls callbacks: it traps if that entry is not of type (i32) -> (), which JavaScript cannot
   * see. It is null for a table that holds no functions.
   */
  readonly table: { readonly exportName: string; readonly callbackExport: string | null } | null;
  /** In snapshot order: exported ones in export order (one entry per export), then private mutable ones by index. */
  readonly globals: readonly GlobalInfo[];
  readonly customSections: readonly CustomSection[];
  /** The start section is removed; its function is exported under this name, for the host to call on install only. */
  readonly startExport: string | null;
  /** Operators in all bodies, every `end` included: the measure of the compile cost. */
  readonly instructionCount: number;
  /**
   * True only if nothing inside can change a table, so that one instance can serve many executions. A dropped data
   * segment is whole again when the host begins the next execution.
   */
  readonly reusable: boolean;
  readonly reusableReason: string;
}

export interface PreparedModule {
  /** The instrumented module. Its only imports are those of the original. */
  readonly module: WebAssembly.Module;
  readonly info: ModuleInfo;
}

/** A module that is refused; `message` goes behind "Canister's Wasm module is not valid: ". */
export interface WasmProblem {
  readonly code: 'IC0505';
  readonly message: string;
}

export type PrepareResult =
  | { readonly ok: true; readonly value: PreparedModule }
  | { readonly ok: false; readonly error: WasmProblem };
