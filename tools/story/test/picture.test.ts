import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Client } from '../src/net/client.ts';
import { readModules } from '../src/net/modules.ts';
import { openNetwork } from '../src/net/network.ts';
import { createPaper } from '../src/paper/paper.ts';
import { tellStory } from '../src/story/story.ts';

/** Sizes, hashes and rounds change whenever a canister does; what is said around them must not. */
const withoutNumbers = (text: string) => text.replace(/[0-9a-f]{8,}|\d+/g, '#');

test('the picture in the README shows what the story prints; else draw it again (CONTRIBUTING.md)', async () => {
  const picture = readFileSync(new URL('../../../docs/terminal.svg', import.meta.url), 'utf8');
  const pieces = [...picture.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);
  const shown = pieces
    .map((text) =>
      text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&').replace(/…$/, '').trim(),
    )
    .filter((text) => text !== '');
  const lines: string[] = [];
  const client = await Client.open(openNetwork());
  await tellStory(
    client,
    createPaper((line) => lines.push(line), { coloured: false }),
    readModules(),
  );
  await client.close();
  const story = withoutNumbers(lines.join('\n'));
  expect(shown.length).toBeGreaterThan(40);
  expect(shown.filter((text) => !story.includes(withoutNumbers(text)))).toEqual([]);
});
