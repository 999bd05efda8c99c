import { describe, expect, test } from 'vitest';
import { packageFolders, read, repositoryFiles } from './files.ts';
import { importsOf, packageOf } from './imports.ts';

interface Manifest {
  readonly name: string;
  readonly scripts?: Record<string, string>;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

/** A version; or, where two versions of one package are needed, the package and its version (`npm:name@1.2.3`). */
const EXACT = /^(?:npm:@?[\w./-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/;
const files = repositoryFiles();
const manifest = (folder: string): Manifest =>
  JSON.parse(read(folder === '' ? 'package.json' : `${folder}/package.json`));

/** `name: version` lines below `catalog:`. */
const catalog = new Map(
  [...(read('pnpm-workspace.yaml').split(/^catalog:$/m)[1] ?? '').matchAll(/^ {2}'?([^':\s]+)'?: (\S+)$/gm)].map(
    ([, name = '', version = '']) => [name, version],
  ),
);
const root = manifest('');

/** Used by a tool or by the compiler, never by an import statement. */
const NEVER_IMPORTED = new Set(['@types/node', 'typescript', 'vitest', '@biomejs/biome', 'turbo']);

describe('versions', () => {
  test('the catalog is not empty and pins exact versions', () => {
    expect(catalog.size).toBeGreaterThan(5);
    expect([...catalog].filter(([, version]) => !EXACT.test(version))).toEqual([]);
  });

  test('every package takes its versions from the catalog or the workspace', () => {
    const loose = packageFolders().flatMap((folder) =>
      Object.entries(declared(manifest(folder)))
        .filter(([, version]) => version !== 'catalog:' && version !== 'workspace:*')
        .map(([name, version]) => `${folder}: ${name} ${version}`),
    );
    expect(loose).toEqual([]);
  });

  test('the root pins exact versions, the same as the catalog', () => {
    const wrong = Object.entries(declared(root)).filter(
      ([name, version]) => !EXACT.test(version) || (catalog.get(name) ?? version) !== version,
    );
    expect(wrong).toEqual([]);
  });

  test('nothing in the catalog is left over', () => {
    const used = new Set(packageFolders().flatMap((folder) => Object.keys(declared(manifest(folder)))));
    expect([...catalog.keys()].filter((name) => !used.has(name) && declared(root)[name] === undefined)).toEqual([]);
  });
});

describe('reasons', () => {
  test('CONTRIBUTING.md says of every dependency why it is here', () => {
    const text = read('CONTRIBUTING.md');
    const names = new Set([...catalog.keys(), ...Object.keys(declared(root)), 'pnpm']);
    expect([...names].filter((name) => !new RegExp(`^\\| +\`${name}\` +\\| .{10,}`, 'm').test(text))).toEqual([]);
  });

  test('CONTRIBUTING.md explains no dependency that is gone', () => {
    const named = [...read('CONTRIBUTING.md').matchAll(/^\| +`([@\w/.-]+)` +\| [^`]/gm)].map(([, name = '']) => name);
    const known = new Set([...catalog.keys(), ...Object.keys(declared(root)), 'pnpm']);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('declarations', () => {
  test.each(packageFolders())('%s declares what it imports, and imports what it declares', (folder) => {
    const own = manifest(folder);
    const sources = files.filter((path) => path.startsWith(`${folder}/`) && /\.[cm]?[jt]s$/.test(path));
    const imported = new Set(
      sources
        .flatMap((path) => importsOf(path, read(path)))
        .map(({ to }) => to)
        .filter((to) => !to.startsWith('node:') && !files.includes(to) && !isRelative(to))
        .map(packageOf),
    );
    const names = Object.keys(declared(own));
    const undeclared = [...imported].filter((name) => !names.includes(name) && name !== own.name);
    const scripts = Object.values(own.scripts ?? {}).join(' ');
    const text = sources.map(read).join('\n');
    const isUsed = (name: string) =>
      imported.has(name) ||
      NEVER_IMPORTED.has(name) ||
      scripts.includes(name.split('/').at(-1) ?? name) ||
      new RegExp(`['"\`]${name}[/'"\`]`).test(text);
    const unused = names.filter((name) => !isUsed(name));
    expect({ undeclared, unused }).toEqual({ undeclared: [], unused: [] });
  });
});

function declared({ dependencies = {}, devDependencies = {} }: Manifest): Record<string, string> {
  return { ...dependencies, ...devDependencies };
}

/** Resolved relative imports are paths; a bare specifier never begins with one of our folders. */
function isRelative(to: string): boolean {
  return /^(?:packages|tools|tests|config|scripts)\//.test(to) || to.startsWith('.');
}
