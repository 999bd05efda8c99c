/** The story on a network in this process. Gives the exit code: 1 if something in it did not hold. */
import { Client } from '../net/client.ts';
import { readModules } from '../net/modules.ts';
import { openNetwork } from '../net/network.ts';
import type { Paper } from '../paper/paper.ts';
import { tellStory } from './story.ts';
import { BrokenStory } from './teller.ts';

export async function tellInTerminal(paper: Paper): Promise<number> {
  const client = await Client.open(openNetwork());
  try {
    await tellStory(client, paper, readModules());
    return 0;
  } catch (error) {
    if (!(error instanceof BrokenStory)) throw error;
    paper.failure(`The story does not hold: ${error.message}`);
    return 1;
  } finally {
    await client.close();
  }
}
