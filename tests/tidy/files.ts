import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Made by tools or brought by them; never in the repository. */
const NOT_OURS = new Set(['node_modules', 'dist', 'reports', '.git', '.cache', '.turbo', '.azle', '.dfx', '.icp']);

/** Every file of the repository, relative to its root. */
export function repositoryFiles(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => !NOT_OURS.has(name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return repositoryFiles(path);
      return entry.isFile() ? [path] : [];
    })
    .sort();
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The packages of the workspace. */
export function packageFolders(): string[] {
  return repositoryFiles()
    .filter((path) => /^(?:(?:packages|tools)\/[^/]+|tests)\/package\.json$/.test(path))
    .map((path) => path.replace('/package.json', ''));
}
