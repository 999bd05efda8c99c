/** `npm start`. Exit code 0: the story was told to its end; 1: something in it did not hold. */

import { Client } from './net/client.ts';
import { readModules } from './net/modules.ts';
import { openNetwork } from './net/network.ts';
import { tellStory } from './story/story.ts';
import { BrokenStory } from './story/teller.ts';
import { terminalPaper } from './terminal.ts';

const paper = terminalPaper();
const client = await Client.open(openNetwork());
try {
  await tellStory(client, paper, readModules());
} catch (error) {
  if (!(error instanceof BrokenStory)) throw error;
  paper.failure(`The story does not hold: ${error.message}`);
  process.exitCode = 1;
} finally {
  await client.close();
}
