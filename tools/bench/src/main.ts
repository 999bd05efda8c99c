/**
 * `npm run bench`: measures, prints two tables, writes `tools/bench/reports/bench.json`. Exit code 0 also if an aim is
 * missed: times depend on the machine, and a slow machine is no failure of a test; 2 for options, of which there are none.
 */
import { Command } from 'commander';

new Command('npm run bench')
  .description('Measures, prints two tables, and writes tools/bench/reports/bench.json.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();

// Only now, so that a refusal of the command line waits for no canister.
await import('./run.ts');
