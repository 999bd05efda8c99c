/**
 * Puts what each command and the threads load into few files, over what the compiler has written for them: finding and
 * reading hundreds of modules takes longer than running them. The library itself (`dist/index.js`) stays as it is.
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const dist = fileURLToPath(new URL('./dist/', import.meta.url));
const ENTRIES = ['bin/local-ic', 'bin/network-launcher', 'bin/pocket-ic', 'bin/shared-server', 'env/instance-thread'];

rmSync(`${dist}chunks`, { recursive: true, force: true });
await build({
  absWorkingDir: dist,
  entryPoints: ENTRIES.map((entry) => `${entry}.js`),
  outbase: dist,
  outdir: dist,
  // As deep as what they replace: files name others by paths from there.
  chunkNames: 'chunks/[name]-[hash]',
  allowOverwrite: true,
  bundle: true,
  splitting: true,
  // Not a module of the kind that can be put among others.
  external: ['commander'],
  sourcemap: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
});
