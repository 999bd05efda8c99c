/**
 * `npm run fuzz`, `npm run crash`, `npm run load`: what local-ic withstands.
 *
 * Exit codes: 0 everything held; 1 something did not; 2 wrong usage; 130 interrupted.
 */
import { Command, InvalidArgumentError } from 'commander';

const EXIT = { held: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Seconds between two lines of progress. */
const PROGRESS_SECONDS = 5;

const natural = (text: string): number => {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('expected a whole number.');
  return Number(text);
};

const print = (text: string) => process.stdout.write(`${text}\n`);

/** One line of progress now and then, to standard error. */
function progress(): (line: string) => void {
  let spoke = performance.now();
  return (line) => {
    if (performance.now() - spoke < PROGRESS_SECONDS * 1000) return;
    spoke = performance.now();
    process.stderr.write(`${line}\n`);
  };
}

interface FuzzFlags {
  readonly requests: number;
  readonly seed: number;
  readonly json?: true;
}

const program = new Command('npm run').helpCommand(false).exitOverride();

program
  .command('fuzz')
  .description('sends wrong requests to every route of both servers, and looks who is served meanwhile')
  .option('--requests <count>', 'how many in all', natural, 10_000)
  .option('--seed <number>', 'what they follow from', natural, 1)
  .option('--json', 'one JSON object at the end instead of text')
  .exitOverride()
  .action(async ({ requests, seed, json }: FuzzFlags) => {
    const { fuzzText, runFuzz } = await import('./fuzz/index.ts');
    const reports = await runFuzz({ requests, seed, onProgress: progress() });
    print(json === true ? JSON.stringify({ seed, reports }, null, 2) : reports.map(fuzzText).join('\n'));
    if (reports.some(({ failures }) => failures.length > 0)) process.exitCode = EXIT.failed;
  });

interface CrashFlags {
  readonly times: number;
  readonly seed: number;
  readonly json?: true;
}

program
  .command('crash')
  .description('kills a network under load, and looks whether all that it acknowledged is there again')
  .option('--times <count>', 'how often', natural, 20)
  .option('--seed <number>', 'what the moments follow from', natural, 1)
  .option('--json', 'one JSON object at the end instead of text')
  .exitOverride()
  .action(async ({ times, seed, json }: CrashFlags) => {
    const { crashes, crashText } = await import('./crash/campaign.ts');
    const report = await crashes({ times, seed, onProgress: progress() });
    print(json === true ? JSON.stringify(report, null, 2) : crashText(report));
    if (report.failures.length > 0) process.exitCode = EXIT.failed;
  });

interface LoadFlags {
  readonly seconds: number;
  readonly agents: number;
  readonly json?: true;
}

program
  .command('load')
  .description('lets several agents work, beside the same clients at a server that only echoes')
  .option('--seconds <number>', 'how long in all', natural, 60)
  .option('--agents <number>', 'how many at once', natural, 4)
  .option('--json', 'one JSON object at the end instead of text')
  .exitOverride()
  .action(async ({ seconds, agents, json }: LoadFlags) => {
    if (seconds < 1 || agents < 1) program.error('error: --seconds and --agents begin at 1.');
    const { loadText, runLoad } = await import('./load/index.ts');
    const report = await runLoad({ seconds, agents, onProgress: (line) => process.stderr.write(`- ${line}\n`) });
    print(json === true ? JSON.stringify(report, null, 2) : loadText(report));
  });

// Through its end, so that the servers that it has started end with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(EXIT.interrupted));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  const code = (error as { exitCode?: number }).exitCode;
  if (code === undefined) process.stderr.write(`${error.message}\n`);
  process.exitCode = code === undefined ? EXIT.failed : code === 0 ? EXIT.held : EXIT.usage;
}
process.exit();
