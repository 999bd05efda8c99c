import { describe, expect, test } from 'vitest';
import { ARROWS, type Arrow } from './arrows.ts';
import { circles, violation } from './check-arrows.ts';
import { read, repositoryFiles } from './files.ts';
import { importsOf } from './imports.ts';

const sources = repositoryFiles().filter((path) => /^(packages|tools)\/[^/]+\/src\/.*\.ts$/.test(path));

describe('import arrows', () => {
  test('every import follows an arrow', () => {
    const broken = sources.flatMap((path) =>
      importsOf(path, read(path)).flatMap((statement) => violation(statement, ARROWS) ?? []),
    );
    expect(broken).toEqual([]);
  });

  test('every source file belongs to a part', () => {
    const lost = sources.filter((path) => violation({ from: path, to: path }, ARROWS) !== undefined);
    expect(lost).toEqual([]);
  });

  test('no file imports itself by way of others, not even for types', () => {
    expect(circles(sources.flatMap((path) => importsOf(path, read(path))))).toEqual([]);
  });

  test('no two parts point at each other, except where one has types only', () => {
    const pairs = ARROWS.flatMap((one) =>
      ARROWS.filter((other) => one.part < other.part && one.to.includes(other.part) && other.to.includes(one.part)),
    );
    expect(pairs.map(({ part }) => part)).toEqual(['tools/local-ic/src/types']);
  });
});

describe('the checker itself', () => {
  const arrows: Arrow[] = [
    { part: 'a/src/low', to: ['zod'], because: 'it is low' },
    { part: 'a/src/high', to: ['a/src/low'], because: 'it is high' },
  ];

  test('lets an arrow pass, downwards, to itself and to a package', () => {
    expect(violation({ from: 'a/src/high/x.ts', to: 'a/src/low/y.ts' }, arrows)).toBeUndefined();
    expect(violation({ from: 'a/src/low/x.ts', to: 'a/src/low/y.ts' }, arrows)).toBeUndefined();
    expect(violation({ from: 'a/src/low.ts', to: 'zod/mini' }, arrows)).toBeUndefined();
  });

  test('names an arrow upwards, an unknown part and a package that is not listed', () => {
    expect(violation({ from: 'a/src/low/x.ts', to: 'a/src/high.ts' }, arrows)).toContain('it is low');
    expect(violation({ from: 'a/src/other.ts', to: 'a/src/low.ts' }, arrows)).toContain('belongs to no part');
    expect(violation({ from: 'a/src/high/x.ts', to: 'zod' }, arrows)).toContain('may not');
  });

  test('names the files of a circle, and neither what imports it nor what it imports', () => {
    const chain = (...files: string[]) => files.slice(1).map((to, index) => ({ from: files[index]!, to }));
    expect(circles(chain('a', 'b', 'c', 'zod'))).toEqual([]);
    expect(circles([...chain('a', 'b', 'c', 'd', 'b'), ...chain('d', 'e')])).toEqual(['b', 'c', 'd']);
  });

  test('reads every form of import, and no comment', () => {
    const source = `
      import a, { b } from './a.ts';
      import type { C } from "../c.ts";
      import 'node:fs';
      export * from './d.ts';
      export { e } from './e.ts';
      const f = await import('f');
      // import g from './g.ts';
      /* import h from './h.ts'; */
      const url = 'https://example.org';
      import i from './i.ts';`;
    const found = importsOf('x/y/z.ts', source).map(({ to }) => to);
    expect(found).toEqual(['x/y/a.ts', 'x/c.ts', 'node:fs', 'x/y/d.ts', 'x/y/e.ts', 'f', 'x/y/i.ts']);
  });
});
