import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TOOL = fileURLToPath(new URL('..', import.meta.url));

export const COMMAND = join(TOOL, 'bin/canister-build.mjs');
export const AZLE = join(TOOL, 'node_modules/azle');

export interface Copies {
  /** A copy of `fixtures/counter` in a folder of its own, `depth` levels below a temporary one. */
  copy(depth?: number): Promise<string>;
  /** An empty folder. */
  empty(): Promise<string>;
  remove(): Promise<void>;
}

/** Packages to build and to break, outside the checkout. */
export function packageCopies(): Copies {
  const roots: string[] = [];
  const empty = async () => {
    const root = await mkdtemp(join(tmpdir(), 'canister-build-'));
    roots.push(root);
    return root;
  };
  return {
    empty,
    async copy(depth = 0) {
      const folder = join(await empty(), ...Array.from({ length: depth }, (_, level) => `level-${level}`), 'counter');
      await cp(join(TOOL, 'fixtures/counter'), folder, { recursive: true });
      await mkdir(join(folder, 'node_modules'));
      await symlink(AZLE, join(folder, 'node_modules/azle'));
      return folder;
    },
    async remove() {
      await Promise.all(roots.map((root) => rm(root, { recursive: true, force: true })));
    },
  };
}
