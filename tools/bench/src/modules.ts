import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export interface Modules {
  readonly chat: Uint8Array<ArrayBuffer>;
  readonly chatGzip: Uint8Array;
  readonly managerGzip: Uint8Array;
}

export function readModules(): Modules {
  const read = (name: string) => Uint8Array.from(readFileSync(require.resolve(name)));
  return {
    chat: read('@canister-backup/chat/wasm'),
    chatGzip: read('@canister-backup/chat/wasm.gz'),
    managerGzip: read('@canister-backup/backup-manager/wasm.gz'),
  };
}
