import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { exportNames } from '@canister-backup/canister-build';
import { expect, test } from 'vitest';
import { read, repositoryFiles } from './files.ts';

const sources = (folder: string) => repositoryFiles().filter((path) => path.startsWith(`packages/${folder}/src/`));
const wasm = (name: string) => readFileSync(createRequire(import.meta.url).resolve(`@canister-backup/${name}/wasm`));

/** What the CDK's decorators of methods are called in an import of azle. */
const DECORATORS = /import \{[^}]*\b(?:query|update)\b[^}]*\} from 'azle'/;

test('every public method of the manager is a row of the guard', () => {
  const makers = sources('backup-manager').filter((path) => DECORATORS.test(read(path)));
  expect(makers).toEqual(['packages/backup-manager/src/platform/methods.ts']);
  const users = sources('backup-manager').filter((path) => /from '[^']*platform\/methods\.ts'/.test(read(path)));
  expect(users).toEqual(['packages/backup-manager/src/api/guard.ts']);
  const index = read('packages/backup-manager/src/index.ts');
  const table = index.slice(index.indexOf('const METHODS'), index.indexOf('\n};'));
  const rows = [...table.matchAll(/^ {2}(\w+): \{/gm)].map(([, name]) => name);
  const methods = exportNames(wasm('backup-manager')).flatMap(
    (name) => /^canister_(?:update|query) (\w+)$/.exec(name)?.[1] ?? [],
  );
  expect(rows.toSorted()).toEqual(methods.toSorted());
});

test('every method of the chat reads its argument through the guard', () => {
  const index = read('packages/chat/src/index.ts');
  const count = (pattern: RegExp) => [...index.matchAll(pattern)].length;
  expect(count(/@(?:update|query)\b/g)).toBe(3);
  expect(count(/@(?:update|query)\(.*, MANUAL\)\n/g)).toBe(3);
  expect(count(/\(\): void \{\n\s+answer\(/g)).toBe(3);
  expect(sources('chat').filter((path) => DECORATORS.test(read(path)))).toEqual(['packages/chat/src/index.ts']);
});
