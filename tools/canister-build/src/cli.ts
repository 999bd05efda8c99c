/** The command `canister-build`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildCanister } from './build.ts';
import { BuildError } from './errors.ts';

const HELP = `canister-build [folder]

Builds the azle canister in a package folder (default: the current one).

Reads    package.json  the canister is named like the package, without its scope
         src/index.ts  its default export is the canister's class
         <name>.did    its interface, written by hand; must say the same as the code
Writes   dist/<name>.wasm, dist/<name>.wasm.gz, dist/<name>.did
         The Wasm has the same SHA-256 wherever the checkout lies, and the .did inside as candid:service.

  -h, --help  this text

Exit codes: 0 built, 1 something in the package is wrong (the message says what), 2 wrong usage, 70 a defect of this tool.
`;

const EXIT = { built: 0, mistake: 1, usage: 2, defect: 70 } as const;

/** @returns the exit code */
export async function run(args: readonly string[]): Promise<number> {
  // Whoever reads may stop reading: `--help | head -1`.
  process.stdout.on('error', () => {});
  try {
    const { values, positionals } = parse(args);
    if (values.help === true) {
      process.stdout.write(HELP);
      return EXIT.built;
    }
    const built = await buildCanister(resolve(positionals[0] ?? '.'));
    const sizes = `${kilobytes(built.size)}, ${kilobytes(built.gzipSize)} gzipped`;
    process.stdout.write(`${built.name}.wasm  ${sizes}  sha256 ${built.sha256}\n`);
    return EXIT.built;
  } catch (error) {
    return explain(error);
  }
}

function parse(args: readonly string[]) {
  try {
    const parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' } },
    });
    if (parsed.positionals.length > 1) throw new Error('one folder at a time');
    return parsed;
  } catch (cause) {
    throw new BuildError('usage', `${(cause as Error).message}\nSee canister-build --help`, { cause });
  }
}

function explain(error: unknown): number {
  if (error instanceof BuildError) {
    process.stderr.write(`canister-build: ${error.code}: ${error.message}\n`);
    return error.code === 'usage' ? EXIT.usage : EXIT.mistake;
  }
  const detail = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`canister-build: this is a defect of canister-build itself\n${detail}\n`);
  return EXIT.defect;
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}
