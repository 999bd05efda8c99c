/** The command `pocket-ic`. What a handle does not need is loaded only where it is. */
import { canonicalPortFile, controlAddresses } from '../env/control.ts';
import { runHandle } from '../env/handle.ts';
import { type PocketIcOptions, parseOptions, USAGE } from './pocket-ic-options.ts';
import { POCKET_IC_VERSION, packageVersion } from './version.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);
const printError = (line: string) => process.stderr.write(`${line}\n`);

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args);
  switch (parsed.kind) {
    case 'help':
      process.stdout.write(USAGE);
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
  const stdout = options.quiet ? () => {} : print;
  try {
    if (options.portFile !== null) {
      const portFile = canonicalPortFile(options.portFile);
      const addresses = controlAddresses(portFile);
      return await runHandle({ ...options, portFile, addresses }, { stdout, stderr: printError });
    }
    const { runInForeground } = await import('../env/foreground.ts');
    await runInForeground(options, { server: stdout, canister: printError }, (port) =>
      stdout(`The PocketIC server is listening on port ${port}`),
    );
    return 0;
  } catch (error) {
    printError(`pocket-ic could not start: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

// The client may be gone, and its pipes with it.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
const code = await main(process.argv.slice(2));
// What was written to a pipe may still be on its way.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
