/**
 * `npm run play`: the story's canisters on a network for real clients, until Ctrl-C; its options are those of
 * `local-ic start`, and its exit codes, too. With `--prompt`, a network in this process to type at; exit code 0.
 */
import { playLive } from './live/play.ts';
import { playAtPrompt } from './play/prompt.ts';
import { terminalPaper } from './terminal.ts';

const args = process.argv.slice(2);
if (args.includes('--prompt')) await playAtPrompt(terminalPaper());
else process.exitCode = await playLive(args, terminalPaper());
