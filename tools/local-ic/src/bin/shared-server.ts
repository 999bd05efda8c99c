/**
 * The process behind a port file, started by `pocket-ic --port-file`; not meant to be started by hand. Its one argument
 * is `SharedServerOptions` as JSON. Exit codes: 0 it ended on purpose or another one is there already, 1 it failed.
 */
import { runSharedServer, type SharedServerOptions } from '../env/shared-server.ts';

// Whoever started it may be gone.
process.stderr.on('error', () => {});
process.on('SIGHUP', () => {});

try {
  await runSharedServer(JSON.parse(process.argv[2] ?? '{}') as SharedServerOptions);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, () => process.exit(1));
}
