/** `npm run play`: the story's network, left open. Reads commands from a terminal, a pipe or a file; exit code 0. */
import { createInterface } from 'node:readline';
import { readModules } from './net/modules.ts';
import { openNetwork } from './net/network.ts';
import { runLine, showHelp } from './play/commands.ts';
import { tellDeploy } from './story/story.ts';
import { terminalPaper } from './terminal.ts';

const paper = terminalPaper();
const teller = tellDeploy(openNetwork(), paper, readModules());
paper.prose('The network is yours until you leave. Time stands still unless you let it pass.');
showHelp(teller);

const terminal = process.stdin.isTTY === true;
const lines = createInterface({ input: process.stdin, output: process.stdout, terminal, prompt: '\n> ' });
lines.prompt();
for await (const line of lines) {
  // Someone who reads a recording should see what was typed.
  if (!terminal) process.stdout.write(`${line}\n`);
  if (!runLine(teller, line)) break;
  lines.prompt();
}
lines.close();
