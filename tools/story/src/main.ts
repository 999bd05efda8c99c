/**
 * `npm start`. Exit code 0: the story was told to its end; 1: something in it did not hold; 2: options, of which there
 * are none.
 */
import { Command } from 'commander';
import { terminalPaper } from './terminal.ts';
import { WRONG_USE } from './usage.ts';

new Command('npm start')
  .description('Tells the story of a chat that is lost and comes back.')
  .exitOverride(WRONG_USE)
  .parse();

// Only now, so that a refusal of the command line waits for no canister.
const { tellInTerminal } = await import('./story/terminal.ts');
process.exitCode = await tellInTerminal(terminalPaper());
