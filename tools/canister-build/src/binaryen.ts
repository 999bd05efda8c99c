/** The library that azle makes its canisters with: as much of it as is used here. */

/** Expressions and types are numbers to it. */
export interface Binaryen {
  readonly none: number;
  readonly i32: number;
  readonly i64: number;
  createType(types: number[]): number;
  readBinary(wasm: Uint8Array): BinaryenModule;
  getFunctionInfo(fn: number): { readonly name: string; readonly module: string; readonly base: string };
  getExportInfo(one: number): { readonly value: string };
}

type Expression = number;

export interface BinaryenModule {
  readonly local: { get(index: number, type: number): Expression; set(index: number, value: Expression): Expression };
  readonly global: { get(name: string, type: number): Expression; set(name: string, value: Expression): Expression };
  readonly i32: {
    const(value: number): Expression;
    eq(a: Expression, b: Expression): Expression;
    and(a: Expression, b: Expression): Expression;
    lt_u(a: Expression, b: Expression): Expression;
    load8_u(offset: number, align: number, at: Expression): Expression;
  };
  readonly i64: {
    const(low: number, high: number): Expression;
    eq(a: Expression, b: Expression): Expression;
    ne(a: Expression, b: Expression): Expression;
    eqz(value: Expression): Expression;
    load(offset: number, align: number, at: Expression): Expression;
  };
  getNumFunctions(): number;
  getFunctionByIndex(index: number): number;
  getExport(name: string): number;
  addGlobal(name: string, type: number, mutable: boolean, initial: Expression): void;
  addFunction(name: string, params: number, results: number, locals: number[], body: Expression): void;
  addFunctionImport(name: string, module: string, base: string, params: number, results: number): void;
  addFunctionExport(internal: string, external: string): void;
  removeFunction(name: string): void;
  removeExport(name: string): void;
  block(label: null, body: Expression[], type?: number): Expression;
  if(condition: Expression, then: Expression, otherwise: Expression): Expression;
  call(name: string, operands: Expression[], type: number): Expression;
  drop(value: Expression): Expression;
  emitBinary(): Uint8Array;
  dispose(): void;
}
