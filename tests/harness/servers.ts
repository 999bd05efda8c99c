/** The implementations that the suite runs on, and how a test gets a fresh one. */
import { fileURLToPath } from 'node:url';
import { PocketIc, PocketIcServer } from '@dfinity/pic';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Ic, icOf } from './ic.ts';

interface Implementation {
  readonly name: string;
  /** Undefined where this machine has none. */
  readonly binPath: string | undefined;
}

const LOCAL_IC = fileURLToPath(new URL('../../tools/local-ic/bin/pocket-ic', import.meta.url));

const IMPLEMENTATIONS: readonly Implementation[] = [
  { name: 'local-ic', binPath: LOCAL_IC },
  { name: 'PocketIC [needs POCKET_IC_BIN]', binPath: process.env.POCKET_IC_BIN || undefined },
];

/** Declares a test whose IC is new: one application subnet, no canisters. */
export type Rule = (name: string, body: (ic: Ic) => Promise<void>) => void;

/**
 * Declares a part of the suite, once for each implementation. Each starts and stops a server of its own, as users of the
 * client do; each test has an instance of its own.
 */
export function conformance(part: string, declare: (rule: Rule) => void): void {
  for (const { name, binPath } of IMPLEMENTATIONS) {
    describe.skipIf(binPath === undefined)(`${part} on ${name}`, () => {
      let server: PocketIcServer | undefined;

      beforeAll(async () => {
        server = await PocketIcServer.start({ ...(binPath === undefined ? {} : { binPath }) });
      });
      afterAll(async () => {
        await server?.stop();
      });

      declare((rule, body) => {
        it(rule, async () => {
          if (server === undefined) throw new Error('The server did not start.');
          const pic = await PocketIc.create(server.getUrl());
          try {
            await body(icOf(pic));
          } finally {
            await pic.tearDown();
          }
        });
      });
    });
  }
}
