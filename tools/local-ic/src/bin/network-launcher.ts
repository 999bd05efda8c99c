/** The command `network-launcher`; its exit codes are in its help. */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { CommanderError } from 'commander';
import { type LineOutput, openOutput } from '../env/output.ts';
import { type LauncherFlags, launcherCommand } from './launcher-options.ts';
import { portTaken } from './start.ts';

const EXIT = { failed: 1, wrongUse: 2 } as const;
const WHERE_PORT = '--gateway-port (in icp.yaml: `gateway`, `port` of the network)';
const SYSTEM_CANISTERS = 'local-ic-system-canisters/canisters.json';

async function launch(flags: LauncherFlags): Promise<void> {
  const [stdout, stderr] = [openOutput(process.stdout), openOutput(process.stderr)];
  try {
    await runLauncher(flags, stdout, stderr);
  } catch (error) {
    stderr.write(`network-launcher: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = EXIT.failed;
  }
  await Promise.all([stdout.flush(), stderr.flush()]);
  process.exit();
}

async function runLauncher(flags: LauncherFlags, stdout: LineOutput, stderr: LineOutput): Promise<void> {
  const [{ runNetwork }, { readCanistersFile }, { writeLauncherStatus }] = await Promise.all([
    import('../env/network.ts'),
    import('../env/canisters-file.ts'),
    import('../env/launcher-status.ts'),
  ]);
  const { bind: host, gatewayPort: port, stateDir, statusDir } = flags;
  const options = {
    host,
    port,
    domains: flags.domain,
    seed: null,
    delayMs: flags.artificialDelayMs,
    stateDir: stateDir === undefined ? null : resolve(stateDir),
    clean: false,
    canisters: readCanistersFile(canistersFile()),
  };
  try {
    await runNetwork(options, { server: stderr.write, canister: stderr.write }, (ready) => {
      if (statusDir !== undefined) writeLauncherStatus(join(statusDir, 'status.json'), ready);
      stdout.write(`The network is at ${ready.url}.`);
    });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? await portTaken({ host, port }, WHERE_PORT) : error;
  }
}

function canistersFile(): string {
  const named = process.env.LOCAL_IC_CANISTERS;
  if (named !== undefined && named !== '') return resolve(named);
  try {
    return createRequire(import.meta.url).resolve(SYSTEM_CANISTERS);
  } catch {
    throw new Error(
      `the ledgers that icp-cli needs are not there: no ${SYSTEM_CANISTERS}. Install that package beside local-ic ` +
        '(in its own repository: npm run build), or name a list of canisters in LOCAL_IC_CANISTERS.',
    );
  }
}

// Whoever reads may stop reading: `--help | head -1`.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

try {
  await launcherCommand(launch).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has printed its message; help and version end with 0.
  if (error.exitCode !== 0) process.exitCode = EXIT.wrongUse;
}
