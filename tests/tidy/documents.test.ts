import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, read, repositoryFiles } from './files.ts';

const documents = repositoryFiles().filter((path) => path.endsWith('.md'));

/** Paths in backticks: those that begin with a folder of the repository. */
function namedPaths(text: string): string[] {
  const named = [...text.matchAll(/`((?:packages|tools|tests|scripts|config|docs|\.ci)\/[\w@./-]+)`/g)];
  return named.map(([, path = '']) => path.replace(/\/$/, ''));
}

/** Made by a build, so not there in a fresh clone. */
const isBuilt = (path: string) => /\/dist(\/|$)|\/reports(\/|$)/.test(path);

describe('documents', () => {
  test.each(documents)('%s names only files that exist', (document) => {
    const missing = namedPaths(read(document)).filter((path) => !isBuilt(path) && !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
  });

  test.each(documents)('%s links only to files that exist', (document) => {
    const links = [
      ...read(document).matchAll(
        /\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)|<(?:img|source)[^>]+src(?:set)?="([^"]+)"/g,
      ),
    ];
    const targets = links.map((link) => link[1] ?? link[2] ?? '').filter((target) => !/^https?:/.test(target));
    expect(targets.filter((target) => !existsSync(join(ROOT, dirname(document), target)))).toEqual([]);
  });

  test('ARCHITECTURE.md has a row for each package', () => {
    const text = read('ARCHITECTURE.md');
    const packages = repositoryFiles()
      .filter((path) => /^(?:packages|tools)\/[^/]+\/package\.json$/.test(path))
      .map((path) => dirname(path));
    expect(packages.filter((folder) => !new RegExp(`^\\| +\`${folder}\` +\\|`, 'm').test(text))).toEqual([]);
  });

  test('README.md gives the commands that exist', () => {
    const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
    const code = [...read('README.md').matchAll(/```sh\n([\s\S]*?)```|`(npm [^`]*)`/g)].map(
      (match) => match[1] ?? match[2],
    );
    const named = [...code.join('\n').matchAll(/\bnpm (?:run )?([a-z][a-z:]*)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !scripts.includes(name) && name !== 'install')).toEqual([]);
    expect(named).toContain('start');
    expect(named).toContain('test');
  });

  test('what continuous integration runs is what README.md says, and is executable', () => {
    expect(read('.ci/run')).toMatch(/^exec npm test$/m);
    expect(read('README.md')).toMatch(/^npm test$/m);
    expect(statSync(join(ROOT, '.ci/run')).mode & 0o111).not.toBe(0);
  });
});
