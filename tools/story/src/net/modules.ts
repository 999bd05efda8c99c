import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The modules that `turbo run build` made, compressed, as they are uploaded. */
export function readModules(): { manager: Uint8Array; chat: Uint8Array } {
  const read = (name: string): Uint8Array => new Uint8Array(readFileSync(require.resolve(`${name}/wasm.gz`)));
  return { manager: read('@canister-backup/backup-manager'), chat: read('@canister-backup/chat') };
}
