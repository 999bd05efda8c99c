export { DEFAULT_CALL_STACK_BYTES } from './frame.ts';
export { METER } from './names.ts';
export { prepareModule } from './prepare.ts';
export type {
  CustomSection,
  FunctionSignature,
  GlobalInfo,
  GlobalType,
  ModuleInfo,
  PreparedModule,
  PrepareOptions,
  PrepareResult,
  ValueType,
  WasmProblem,
} from './types.ts';
