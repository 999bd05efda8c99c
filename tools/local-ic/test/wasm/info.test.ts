import { describe, expect, test } from 'vitest';
import { METER } from '../../src/wasm/index.ts';
import { assemble, binary, Guest, guest, prepare } from './harness.ts';

describe('globals', () => {
  const TEXT = `(module
    (global $a (mut i32) (i32.const 1)) (global $b i64 (i64.const 2)) (global $c (export "c") (mut f64) (f64.const 3))
    (global $d (mut f32) (f32.const 4)) (global $e (export "e") i32 (i32.const 5))
    (export "first" (global $d)) (export "again" (global $c))
    (func (export "bump") i32.const 10 global.set $a f32.const 40 global.set $d f64.const 30 global.set $c))`;

  test('are listed exported first, in export order, then the private mutable ones', () => {
    const { globals } = prepare(assemble(TEXT)).info;
    expect(globals.map(({ index, type, mutable }) => [index, type, mutable])).toEqual([
      [2, 'f64', true],
      [4, 'i32', false],
      [3, 'f32', true],
      [2, 'f64', true],
      [0, 'i32', true],
    ]);
    expect(globals.slice(0, 4).map(({ exportName }) => exportName)).toEqual(['c', 'e', 'first', 'again']);
  });

  test('can be read and written by the host, whoever declared them', () => {
    const g = guest(TEXT);
    const read = (): unknown[] => g.prepared.info.globals.map(({ exportName }) => g.global(exportName).value);
    expect(read()).toEqual([3, 5, 4, 3, 1]);
    g.call('bump');
    expect(read()).toEqual([30, 5, 40, 30, 10]);
    g.global('local-ic global 0').value = 77;
    expect(read()).toEqual([30, 5, 40, 30, 77]);
  });

  test('the meters are not among them', () => {
    const { info, module } = prepare(assemble('(module (func))'));
    expect(info.globals).toEqual([]);
    expect(WebAssembly.Module.exports(module).map(({ name }) => name)).toEqual(Object.values(METER));
  });
});

describe('memory and table', () => {
  test('are exported under a reserved name if they are private', () => {
    const g = guest(`(module (memory 2 5) (data (i32.const 3) "x") (table 4 funcref) (elem (i32.const 1) $cb)
      (global $seen (export "seen") (mut i32) (i32.const 0)) (func $cb (param i32) local.get 0 global.set $seen))`);
    const { memory, table } = g.prepared.info;
    expect(memory).toEqual({ initialPages: 2, maximumPages: 5, exportName: 'local-ic memory' });
    expect(table).toEqual({ exportName: 'local-ic table', callbackExport: 'local-ic callback' });
    const { exports } = g.instance;
    expect(new Uint8Array((exports['local-ic memory'] as WebAssembly.Memory).buffer)[3]).toBe('x'.charCodeAt(0));
    const callback = (exports['local-ic table'] as WebAssembly.Table).get(1) as (env: number) => void;
    expect(g.run(() => callback(42) as undefined).used).toBe(2n);
    expect(g.global('seen').value).toBe(42);
  });

  test('callbacks are called by index, and must be of type (i32) -> ()', () => {
    const g = guest(`(module (table 4 funcref) (elem (i32.const 0) $good $other)
      (global $seen (export "seen") (mut i32) (i32.const 0)) (func $good (param i32) local.get 0 global.set $seen)
      (func $other nop))`);
    const name = g.prepared.info.table?.callbackExport ?? '';
    expect(g.call(name, [0, 42])).toMatchObject({ result: undefined, used: 2n });
    expect(g.global('seen').value).toBe(42);
    expect(g.call(name, [1, 0]).result).toEqual({ trap: 'null function or function signature mismatch' });
    expect(g.call(name, [2, 0]).result).toEqual({ trap: 'null function or function signature mismatch' });
    expect(g.call(name, [4, 0]).result).toEqual({ trap: 'table index is out of bounds' });
    expect(g.call(name, [0, 7]).used).toBe(2n);
    expect(prepare(assemble('(module (table 1 externref))')).info.table?.callbackExport).toBeNull();
  });

  test('keep the name under which the author exports them', () => {
    const { memory, table } = prepare(assemble('(module (memory (export "m") 1) (table (export "t") 1 funcref))')).info;
    expect(memory).toEqual({ initialPages: 1, maximumPages: null, exportName: 'm' });
    expect(table).toEqual({ exportName: 't', callbackExport: 'local-ic callback' });
  });

  test('may be missing', () => {
    expect(prepare(assemble('(module)')).info).toMatchObject({ memory: null, table: null, startExport: null });
  });
});

describe('the start function', () => {
  test('does not run at instantiation; the host runs it', () => {
    const g = guest(`(module (global $n (export "n") (mut i32) (i32.const 0))
      (start $s) (func $s global.get $n i32.const 1 i32.add global.set $n))`);
    expect(g.global('n').value).toBe(0);
    expect(g.prepared.info.startExport).toBe('local-ic start');
    expect(g.prepared.info.functionExports).toEqual(new Set());
    expect(g.call('local-ic start').used).toBe(4n);
    expect(g.global('n').value).toBe(1);
  });

  test('may be an import', () => {
    const calls: string[] = [];
    const g = guest('(module (import "ic0" "msg_reply" (func $reply)) (start $reply))', {
      msg_reply: () => calls.push('reply'),
    });
    expect(calls).toEqual([]);
    g.call('local-ic start');
    expect(calls).toEqual(['reply']);
  });
});

describe('custom sections', () => {
  const module = binary([0, [3, 97, 98, 99, 1, 2]], [0, [4, 110, 97, 109, 101, 0, 1, 0]], [0, [1, 122]]);

  test('are reported in order, empty ones too', () => {
    expect(prepare(module).info.customSections).toEqual([
      { name: 'abc', content: new Uint8Array([1, 2]) },
      { name: 'name', content: new Uint8Array([0, 1, 0]) },
      { name: 'z', content: new Uint8Array(0) },
    ]);
  });

  test('only the names stay in the instrumented module', () => {
    const { module: instrumented } = prepare(module);
    expect(WebAssembly.Module.customSections(instrumented, 'abc')).toHaveLength(0);
    expect(WebAssembly.Module.customSections(instrumented, 'name')).toHaveLength(1);
  });
});

test('instructions are counted with every end', () => {
  const { info } = prepare(assemble('(module (func nop) (func block i32.const 1 drop end) (func))'));
  expect(info.instructionCount).toBe(2 + 5 + 1);
});

describe('reusable', () => {
  test.each([
    ['table.set', 'i32.const 0 ref.null func table.set 0'],
    ['table.grow', 'ref.null func i32.const 1 table.grow drop'],
    ['table.fill', 'i32.const 0 ref.null func i32.const 1 table.fill'],
    ['table.copy', 'i32.const 0 i32.const 0 i32.const 1 table.copy'],
    ['table.init', 'i32.const 0 i32.const 0 i32.const 1 table.init $e'],
  ])('not with %s', (operator, code) => {
    const { info } = prepare(assemble(`(module (table 2 funcref) (elem $e func $f) (func) (func $f ${code}))`));
    expect(info.reusable).toBe(false);
    expect(info.reusableReason).toBe(`function 1 uses ${operator}`);
  });

  test('otherwise', () => {
    const { info } = prepare(
      assemble(`(module (memory 1) (table 2 funcref) (elem $e func $f) (data $d "x")
        (func $f i32.const 0 table.get 0 drop elem.drop $e i32.const 0 i32.const 0 i32.const 1 memory.init $d data.drop $d))`),
    );
    expect(info).toMatchObject({ reusable: true, reusableReason: 'no operator of the module changes a table' });
  });
});

describe('dropped data segments', () => {
  const TEXT = `(module (memory (export "m") 1) (data $active (i32.const 100) "active") (data $p "0123456789") (data $q "abc")
    (func (export "init") (param i32 i32 i32) local.get 0 local.get 1 local.get 2 memory.init $p)
    (func (export "initQ") i32.const 0 i32.const 0 i32.const 3 memory.init $q)
    (func (export "initActive") i32.const 0 i32.const 0 i32.const 1 memory.init $active)
    (func (export "drop") data.drop $p)
    (func (export "twice") (param i32) i32.const 0 i32.const 2 i32.const 4 memory.init $p data.drop $p
      i32.const 0 i32.const 0 local.get 0 memory.init $p))`;

  /** In one execution: outcomes of the same steps in the original and in the instrumented module. */
  function compare(...steps: readonly (readonly [string, ...number[]])[]): void {
    const bytes = assemble(TEXT);
    const original = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
    const g = new Guest(prepare(bytes));
    const run = (instance: WebAssembly.Instance): unknown[] =>
      steps.map(([name, ...args]) => {
        try {
          (instance.exports[name] as (...args: number[]) => void)(...args);
          return Buffer.from((instance.exports.m as WebAssembly.Memory).buffer, 0, 128).toString('hex');
        } catch (error) {
          return (error as Error).message;
        }
      });
    let instrumented: unknown[] = [];
    g.run(() => {
      instrumented = run(g.instance);
      return undefined;
    });
    expect(instrumented).toEqual(run(original));
  }

  test('behave as WebAssembly says within an execution', () => {
    compare(['init', 0, 2, 4], ['init', 0, 8, 3], ['init', 65_535, 0, 2], ['init', 0, 10, 0], ['init', 0, 11, 0]);
    compare(
      ['drop'],
      ['init', 0, 0, 1],
      ['init', 0, 0, 0],
      ['init', 0, 1, 0],
      ['init', 65_536, 0, 0],
      ['init', 65_537, 0, 0],
    );
    compare(['twice', 0], ['twice', 0], ['initQ'], ['initActive']);
    compare(['twice', 1]);
  });

  test('are whole again in the next one, also after a trap', () => {
    const g = guest(TEXT);
    for (let i = 0; i < 3; i += 1) expect(g.call('twice', [0]).result).toBeUndefined();
    expect(g.call('twice', [1]).result).toEqual({ trap: 'memory access out of bounds' });
    expect(g.call('twice', [0]).result).toBeUndefined();
  });
});
