/** What is changed of libraries answers as before: bundled as a canister's are, with and without the changes. */
import { realpathSync } from 'node:fs';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { withoutCodePages } from '../src/code-pages.ts';
import { forAnInterpreter } from '../src/interpreted.ts';
import { AZLE } from './package-copy.ts';

interface Type {
  readonly name: string;
}

/** As much of the Candid library as is used here. */
interface Idl extends Record<'Nat' | 'Nat8' | 'Null' | 'Text', Type> {
  Vec(item: Type): Type;
  Opt(item: Type): Type;
  Record(fields: Record<string, Type>): Type;
  Variant(tags: Record<string, Type>): Type;
  encode(types: Type[], values: unknown[]): Uint8Array;
  decode(types: Type[], bytes: Uint8Array): unknown[];
}

interface Libraries {
  readonly TextEncoder: typeof TextEncoder;
  readonly TextDecoder: typeof TextDecoder;
  readonly IDL: Idl;
}

async function bundled(changed: boolean): Promise<Libraries> {
  const bundle = await build({
    stdin: {
      contents:
        "export { TextEncoder, TextDecoder } from '@sinonjs/text-encoding'; export { IDL } from '@dfinity/candid';",
      resolveDir: realpathSync(AZLE),
    },
    bundle: true,
    format: 'cjs',
    mainFields: ['module', 'main'],
    write: false,
    plugins: [withoutCodePages, ...(changed ? [forAnInterpreter] : [])],
  });
  const module = { exports: {} as Libraries };
  new Function('module', bundle.outputFiles[0]!.text)(module);
  return module.exports;
}

const [before, after] = await Promise.all([bundled(false), bundled(true)]);

const TEXTS = ['', 'plain', 'x'.repeat(3000), 'zażółć 🙂', `${'x'.repeat(2000)}ü`, '\u0000\u007f\u0080', '\ud800'];

describe('text', () => {
  test.each(TEXTS)('%j is encoded and decoded as before', (text) => {
    const bytes = new before.TextEncoder().encode(text);
    expect(new after.TextEncoder().encode(text)).toEqual(bytes);
    expect(new after.TextDecoder().decode(bytes)).toBe(new before.TextDecoder().decode(bytes));
  });

  test('what is not UTF-8 is refused or replaced as before', () => {
    const bytes = Uint8Array.of(0x61, 0xff, 0x62);
    expect(new after.TextDecoder().decode(bytes)).toBe(new before.TextDecoder().decode(bytes));
    expect(() => new after.TextDecoder('utf-8', { fatal: true }).decode(bytes)).toThrow(TypeError);
  });
});

test('types of Candid have the same names and bytes, also when they are used again', () => {
  const value = { list: [{ a: 1n, text: 'x' }], ok: [{ yes: null }], _7_: 5 };
  const type = ({ IDL }: Libraries) =>
    IDL.Record({
      list: IDL.Vec(IDL.Record({ a: IDL.Nat, text: IDL.Text })),
      ok: IDL.Opt(IDL.Variant({ yes: IDL.Null, no: IDL.Record({ a: IDL.Nat, text: IDL.Text }) })),
      _7_: IDL.Nat8,
    });
  const [old, changed] = [type(before), type(after)];
  const bytes = before.IDL.encode([old], [value]);
  for (let times = 0; times < 2; times += 1) {
    expect(changed.name).toBe(old.name);
    expect(after.IDL.encode([changed], [value])).toEqual(bytes);
    expect(after.IDL.decode([changed], bytes)).toEqual(before.IDL.decode([old], bytes));
  }
});
