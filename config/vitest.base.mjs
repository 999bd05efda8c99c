import { defineConfig } from 'vitest/config';

/**
 * The same for every package: no retries (a retry hides a race), and a JSON report beside the readable one, from which
 * scripts/summary.mjs counts what ran and what was skipped.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    // Files share their workers, and with them what was imported, compiled and made fast: a worker of its own costs a
    // file about half a second, and the code of the canisters three more.
    isolate: false,
    // What other packages built is run as it is: vite would transform it again, and slow the engine down with it.
    server: { deps: { external: [/\/(packages|tools)\/[^/]+\/dist\//] } },
    // vitest's own default leaves one core to the one who watches; here that is half of the machine.
    maxWorkers: '100%',
    // local-ic bounds a canister's call stack itself; the host must have more room than that bound.
    execArgv: ['--stack-size=6000'],
    retry: 0,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    include: ['test/**/*.test.ts', '**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    reporters: ['default', 'json'],
    outputFile: { json: 'reports/vitest.json' },
  },
});
