/** A browser for tests: Debian's Chromium, or the one that CHROMIUM_BIN names. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

const DEBIAN = '/usr/bin/chromium';
/** Undefined where there is none. Set, but empty: not even if there is one. */
export const CHROMIUM: string | undefined =
  (process.env.CHROMIUM_BIN ?? (existsSync(DEBIAN) ? DEBIAN : '')) || undefined;
/** It needs neither a screen nor rights, and asks nobody for anything by itself. */
const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** With a profile of its own. What a page wants of other hosts than this machine, it does not get. */
export async function openBrowser(): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'local-ic-chromium-'));
  const options = { executablePath: CHROMIUM as string, args: FLAGS.split(' ') };
  const context = await chromium.launchPersistentContext(folder, options);
  await context.route(
    ({ hostname }) => !/(?:^|\.)localhost$|^127\.0\.0\.1$/.test(hostname),
    (route) => route.abort(),
  );
  return {
    context,
    async close() {
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
