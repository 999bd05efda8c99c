import { readFileSync } from 'node:fs';

/** This package's version. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** PocketIC's server version whose API this is; clients check it. */
export const POCKET_IC_VERSION = '14.0.0';
