/**
 * `npm run policies -- plan | apply | check`: the policies of many targets from one file; `export | import`: what the
 * manager knows. `docs/policies.md`.
 *
 * Exit codes: 0 in sync, shown, applied, exported or imported; 2 wrong usage, file or identity, and nothing was changed;
 * 10 `check` found a difference, or one is left after `apply`; 11 the manager refused something; 12 the network cannot be
 * reached or trusted; 13 in sync, and something is not protected all the same; 130 interrupted. Started through npm, also
 * those of `scripts/bootstrap.mjs`.
 */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { styleText } from 'node:util';
import { Command } from 'commander';
import { EXIT } from './failure.ts';
import type { Command as Name, Options, Terminal } from './run.ts';
import type { TransferOptions } from './state/transfer.ts';

const COMMANDS: readonly (readonly [Name, string])[] = [
  ['plan', 'show what differs between the file and the manager, and change nothing'],
  ['apply', 'show it, ask, and make the manager have what the file says'],
  ['check', `show it, and end with ${EXIT.different} if anything differs`],
];

const out = (line: string) => process.stdout.write(`${line}\n`);
const note = (line: string) => process.stderr.write(`${line}\n`);

const terminal: Terminal = {
  out,
  note,
  paint: process.stdout.isTTY && !process.env.NO_COLOR ? (colour, text) => styleText(colour, text) : (_, text) => text,
  confirm: process.stdin.isTTY && process.stderr.isTTY ? confirm : undefined,
  folder: process.cwd(),
};

/** The end of the input is a no; Ctrl-C ends the command, and nothing was done. */
function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((answered) => {
    lines.once('SIGINT', () => {
      lines.close();
      note('\nInterrupted: nothing was done.');
      process.exit(EXIT.interrupted);
    });
    lines.once('close', () => answered(false));
    lines.question(`${question} [y/N] `, (answer) => {
      answered(/^y(?:es)?$/i.test(answer.trim()));
      lines.close();
    });
  });
}

// Whoever reads may stop reading (`policies plan | head`): work on, in silence.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const program = new Command('policies')
  .description('Keeps the policies of many targets of the backup manager in one file. See docs/policies.md.')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.done : EXIT.usage));

for (const [name, description] of COMMANDS) {
  const command: Command = program
    .command(name)
    .description(description)
    .option('--network <name>', 'local (http://127.0.0.1:4943), ic, or a URL; needed')
    .option('--file <path>', 'the file', 'policies.json')
    .option('--identity <name>', 'an identity of dfx or icp, dfx:name, icp:name, or a PEM file; default: theirs')
    .option('--manager <id>', 'the manager; default: what the file says, or what dfx or icp deployed from here')
    .option('--prune', 'targets and roles that the file does not name go; snapshots stay')
    .option('--json', 'one JSON object instead of text');
  if (name === 'apply') command.option('--yes', 'do not ask');
  command.action(async ({ network, ...others }: Partial<Options> & Omit<Options, 'network'>) => {
    // Commander looks for what is missing before it looks for what is misspelt.
    if (network === undefined) command.error("error: required option '--network <name>' not specified");
    const options = { ...others, network };
    const here = { ...options, file: fromHere(options.file), ...(await ownIdentity(options)) };
    // Only now, so that help and refusals of the command line wait for no agent.
    const { run } = await import('./run.ts');
    process.exitCode = await run(name, here, terminal);
  });
}

for (const name of ['export', 'import'] as const) {
  const command = program
    .command(name === 'export' ? name : `${name} <file>`)
    .description(
      name === 'export'
        ? 'write what the manager knows and the IC does not to a file: policies, and which snapshots are good'
        : 'show what such a file would bring back, ask, and bring it back as far as it holds',
    )
    .requiredOption('--network <name>', 'local (http://127.0.0.1:4943), ic, or a URL')
    .option('--identity <name>', 'an identity of dfx or icp, dfx:name, icp:name, or a PEM file; default: theirs')
    .option('--manager <id>', 'the manager; default: what dfx or icp deployed from here')
    .option('--with-roles', 'also who may what')
    .option('--json', 'one JSON object instead of text');
  if (name === 'export') {
    command.requiredOption('--out <path>', 'the file, which only you can read; one that is there is not overwritten');
    command.action(async (options: TransferOptions & { out: string }) => {
      const here = { ...options, path: fromHere(options.out), ...(await ownIdentity(options)) };
      const { exportState } = await import('./state/transfer.ts');
      process.exitCode = await exportState(here, terminal);
    });
  } else {
    command.option('--yes', 'do not ask');
    command.action(async (file: string, options: TransferOptions) => {
      const here = { ...options, path: fromHere(file), ...(await ownIdentity(options)) };
      const { importState } = await import('./state/transfer.ts');
      process.exitCode = await importState(here, terminal);
    });
  }
}

async function ownIdentity({ identity }: Pick<Options, 'identity'>): Promise<Pick<Options, 'identity'>> {
  if (identity === undefined) return {};
  const { isPath } = await import('./shell/identity.ts');
  return { identity: isPath(identity) ? fromHere(identity) : identity };
}

/** npm runs scripts in the folder of package.json, and says in which folder it was called. */
function fromHere(path: string): string {
  return resolve(process.env.INIT_CWD ?? '.', path);
}

await program.parseAsync();
