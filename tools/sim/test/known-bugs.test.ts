/** The checkers see the mistakes that people make: each known bug is found by one of the first seeds. */
import { describe, expect, it } from 'vitest';
import { swarm } from '../src/generate.ts';
import { buildManagerWith, KNOWN_BUG_NAMES } from '../src/known-bugs.ts';
import { openStage } from '../src/stage.ts';

const MOST_SEEDS = 60;

describe('a known bug is found', () => {
  it.each(KNOWN_BUG_NAMES)('%s', async (bug) => {
    const stage = await openStage(await buildManagerWith(bug));
    let seed = 1;
    while (seed <= MOST_SEEDS && stage.run(swarm(stage.rehearsals, seed)).verdict.kind !== 'safety') seed += 1;
    expect(seed).toBeLessThanOrEqual(MOST_SEEDS);
  });
});
