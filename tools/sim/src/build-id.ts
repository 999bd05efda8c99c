/** What decides how a case ends: the canisters' Wasm, and the code of the simulation and of the engine. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Modules } from './canisters.ts';

/** SHA-256, hexadecimal. */
export function buildId({ manager, chat, worker }: Modules): string {
  const hash = createHash('sha256');
  for (const module of [manager, chat, worker]) hash.update(createHash('sha256').update(module).digest());
  const folders = [import.meta.url, import.meta.resolve('local-ic')].map((url) => dirname(fileURLToPath(url)));
  for (const path of folders.flatMap(codeIn)) hash.update(createHash('sha256').update(readFileSync(path)).digest());
  return hash.digest('hex');
}

function codeIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.d)\.[jt]s$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}
