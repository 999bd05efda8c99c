/**
 * `npm run play`: the story's canisters on a network for real clients, until Ctrl-C; its options are those of
 * `local-ic start`, and its exit codes, too. With `--prompt`, a network in this process to type at; exit code 0, 2 for
 * options beside it, 130 after Ctrl-C.
 */
import { Command } from 'commander';
import { terminalPaper } from './terminal.ts';
import { WRONG_USE } from './usage.ts';

const args = process.argv.slice(2);
if (args.includes('--prompt')) {
  await new Command('npm run play --')
    .description('A network in this process, whose time stands still, and a prompt. It ends with it.')
    .option('--prompt', 'take commands here; without it, what `npm run network -- --help` lists is taken')
    .exitOverride(WRONG_USE)
    .action(async () => {
      const { playAtPrompt } = await import('./play/prompt.ts');
      process.exitCode = await playAtPrompt(terminalPaper());
    })
    .parseAsync();
} else {
  const { playLive } = await import('./live/play.ts');
  process.exitCode = await playLive(args, terminalPaper());
}
