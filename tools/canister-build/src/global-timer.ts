/**
 * The way to `ic0.global_timer_set`, for a package that asks for it (`"canister-build": { "globalTimer": true }`).
 *
 * azle hands no such function to JavaScript, and its timer library sets the IC's timer only if it believes that none is
 * set. So once that belief is wrong, nothing that JavaScript can do sets a timer again: after a load of a snapshot whose
 * memory is older than the IC's timer, and after a trap that undoes an execution of the library itself.
 *
 * azle's `isController` is what carries the questions: it hands bytes in and a truth out, unchecked, in every context. The
 * bytes are principals of the class "reserved" (interface specification, "Principals"), which nobody can be. A module that
 * was finished without this answers them as the IC does: no controller.
 *
 * | Principal                         | Answer                                                                        |
 * | --------------------------------- | ----------------------------------------------------------------------------- |
 * | `global timer ic0` 0 0x7f         | whether the IC's timer is another one than this module set last, or was lost  |
 * | `global timer ic0` 1 0x7f         | whether no timer is set                                                       |
 * | `global timer ic0` 2 0x7f         | true; from then on the timer is due at once                                   |
 *
 * They trap where `ic0.global_timer_set` does: in queries and in `inspect_message`.
 */
import type { Binaryen, BinaryenModule } from './binaryen.ts';

/** As many bytes as two words. */
const PREFIX = 'global timer ic0';
const RESERVED = 0x7f;

/** The principals that ask, as bytes. */
export const ASK = { lost: principal(0), none: principal(1), wake: principal(2) } as const;

function principal(question: number): Uint8Array {
  return Uint8Array.from([...new TextEncoder().encode(PREFIX), question, RESERVED]);
}

/** @throws Error if azle's canister is not made as it is known here */
export function bringGlobalTimer(binaryen: Binaryen, wasm: Uint8Array): Uint8Array {
  const module = binaryen.readBinary(wasm);
  try {
    module.addGlobal(ARMED, binaryen.i64, true, module.i64.const(0, 0));
    const [set, isController] = ['global_timer_set', 'is_controller'].map((name) => importOf(binaryen, module, name));
    const time = importOf(binaryen, module, 'time');
    rememberWhatIsSet(binaryen, module, set!);
    rememberThatItRang(binaryen, module);
    answerQuestions(binaryen, module, { isController: isController!, time, set: set! });
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** What this module set last; zero once the IC has called `canister_global_timer`. */
const ARMED = 'armed timer';

function importOf(binaryen: Binaryen, module: BinaryenModule, name: string): string {
  for (let index = 0; index < module.getNumFunctions(); index += 1) {
    const found = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
    if (found.module === 'ic0' && found.base === name) return found.name;
  }
  throw new Error(`azle's canister does not import ic0.${name}`);
}

/** Every call of the import is one of the function that takes its name; the import gets another. */
function takeOver(module: BinaryenModule, name: string, base: string, [params, results]: readonly [number, number]) {
  module.removeFunction(name);
  module.addFunctionImport(`ic0.${base}`, 'ic0', base, params, results);
  return `ic0.${base}`;
}

function rememberWhatIsSet({ i64 }: Binaryen, module: BinaryenModule, set: string): void {
  const original = takeOver(module, set, 'global_timer_set', [i64, i64]);
  const at = () => module.local.get(0, i64);
  const body = [module.global.set(ARMED, at()), module.call(original, [at()], i64)];
  module.addFunction(set, i64, i64, [], module.block(null, body, i64));
}

function rememberThatItRang({ none, getExportInfo }: Binaryen, module: BinaryenModule): void {
  const name = 'canister_global_timer';
  const { value: original } = getExportInfo(module.getExport(name));
  const body = [module.global.set(ARMED, module.i64.const(0, 0)), module.call(original, [], none)];
  module.addFunction(name, none, none, [], module.block(null, body));
  module.removeExport(name);
  module.addFunctionExport(name, name);
}

function answerQuestions(
  binaryen: Binaryen,
  module: BinaryenModule,
  { isController, time, set }: Record<'isController' | 'time' | 'set', string>,
): void {
  const { i32, i64, createType } = binaryen;
  const pair = createType([i32, i32]);
  const original = takeOver(module, isController, 'is_controller', [pair, i32]);
  const [bytes, size, previous] = [() => module.local.get(0, i32), () => module.local.get(1, i32), 2];
  const byte = (offset: number) => module.i32.load8_u(offset, 1, bytes());
  const word = (offset: number) => {
    const [low, high] = new Uint32Array(new TextEncoder().encode(PREFIX).slice(offset, offset + 8).buffer);
    return module.i64.eq(module.i64.load(offset, 1, bytes()), module.i64.const(low! | 0, high! | 0));
  };
  /** Setting a timer is the only way to learn which one was set. */
  const look = () =>
    module.block(
      null,
      [
        module.local.set(previous, module.call('ic0.global_timer_set', [module.i64.const(0, 0)], i64)),
        module.drop(module.call('ic0.global_timer_set', [module.local.get(previous, i64)], i64)),
        module.local.get(previous, i64),
      ],
      i64,
    );
  const isQuestion = [module.i32.eq(byte(PREFIX.length + 1), module.i32.const(RESERVED)), word(0), word(8)].reduce(
    (all, one) => module.i32.and(all, one),
  );
  const asks = (question: number) => module.i32.eq(byte(PREFIX.length), module.i32.const(question));
  const answer = module.if(
    asks(0),
    module.i64.ne(look(), module.global.get(ARMED, i64)),
    module.if(
      asks(1),
      module.i64.eqz(look()),
      module.block(null, [module.drop(module.call(set, [module.call(time, [], i64)], i64)), module.i32.const(1)], i32),
    ),
  );
  const passOn = () => module.call(original, [bytes(), size()], i32);
  const body = module.if(
    module.i32.eq(size(), module.i32.const(PREFIX.length + 2)),
    module.if(module.i32.and(isQuestion, module.i32.lt_u(byte(PREFIX.length), module.i32.const(3))), answer, passOn()),
    passOn(),
  );
  module.addFunction(isController, pair, i32, [i64], body);
}
