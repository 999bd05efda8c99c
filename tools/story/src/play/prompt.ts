import { createInterface } from 'node:readline';
import { Client } from '../net/client.ts';
import { readModules } from '../net/modules.ts';
import { openNetwork } from '../net/network.ts';
import type { Paper } from '../paper/paper.ts';
import { tellDeploy, tellProtect } from '../story/story.ts';
import { runLine, showHelp } from './commands.ts';

const INTERRUPTED = 130;

/**
 * The story's network in this process, where time stands still: reads commands from a terminal, a pipe or a file. Gives
 * the exit code: 0, or 130 after Ctrl-C.
 */
export async function playAtPrompt(paper: Paper): Promise<number> {
  const client = await Client.open(openNetwork());
  const teller = await tellDeploy(client, paper, readModules());
  await tellProtect(teller);
  paper.prose('The network is yours until you leave. Time stands still unless you let it pass.');
  showHelp(teller);

  const terminal = process.stdin.isTTY === true;
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal, prompt: '\n> ' });
  let interrupted = false;
  lines.once('SIGINT', () => {
    interrupted = true;
    process.stdout.write('\n');
    lines.close();
  });
  lines.prompt();
  for await (const line of lines) {
    // Someone who reads a recording should see what was typed.
    if (!terminal) process.stdout.write(`${line}\n`);
    if (!(await runLine(teller, line))) break;
    if (interrupted) break;
    lines.prompt();
  }
  lines.close();
  await client.close();
  return interrupted ? INTERRUPTED : 0;
}
