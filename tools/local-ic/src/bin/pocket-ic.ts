/** The command `pocket-ic`. What a handle does not need is loaded only where it is. */
import { canonicalPortFile, controlAddresses } from '../env/control.ts';
import { exposure } from '../env/exposure.ts';
import { runHandle } from '../env/handle.ts';
import { openOutput } from '../env/output.ts';
import { type PocketIcOptions, parseOptions, USAGE } from './pocket-ic-options.ts';
import { POCKET_IC_VERSION, packageVersion } from './version.ts';

const stdout = openOutput(process.stdout);
const stderr = openOutput(process.stderr);
const print = stdout.write;
const printError = stderr.write;

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args);
  switch (parsed.kind) {
    case 'help':
      print(USAGE.trimEnd());
      return 0;
    case 'version':
      print(`pocket-ic-server ${POCKET_IC_VERSION}+local-ic.${packageVersion()}`);
      return 0;
    case 'wrong':
      printError(`${parsed.message}\nSee pocket-ic --help.`);
      return 2;
    case 'run':
      return run(parsed.options);
  }
}

async function run(options: PocketIcOptions): Promise<number> {
  const printInfo = options.quiet ? () => {} : print;
  // Only once it can be told to end: who has read anything of it may do so.
  const warn = () => {
    const warning = exposure(options.host);
    if (warning !== null) printError(`The server listens on ${options.host}. ${warning}`);
  };
  try {
    if (options.portFile !== null) {
      const portFile = canonicalPortFile(options.portFile);
      const addresses = controlAddresses(portFile);
      const running = runHandle({ ...options, portFile, addresses }, { stdout: printInfo, stderr: printError });
      warn();
      return await running;
    }
    const { runInForeground } = await import('../env/foreground.ts');
    const running = runInForeground(options, { server: printInfo, canister: printError }, (port) =>
      printInfo(`The PocketIC server is listening on port ${port}`),
    );
    warn();
    await running;
    return 0;
  } catch (error) {
    printError(`pocket-ic could not start: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

const code = await main(process.argv.slice(2));
await Promise.all([stdout.flush(), stderr.flush()]);
process.exit(code);
