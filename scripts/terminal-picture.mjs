// Draws docs/terminal.svg, the README's picture of a terminal, from what the story really prints: runs it, takes the
// acts in which the chat is backed up, lost and restored, and sets them as text. Run it after the story has changed:
// `npm run build && node scripts/terminal-picture.mjs`. Exit code 1: the story failed, or has no such acts.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Columns; longer lines, such as a hash inside an answer, end in an ellipsis. */
const COLUMNS = 98;
const CHARACTER_WIDTH = 8.43;
const LINE_HEIGHT = 19;
const MARGIN = 20;
const BAR = 34;

/** The picture has its own background, so it looks the same on a light and on a dark page. */
const COLOURS = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 36: '#79c0ff' };
const INK = '#e6edf3';
const DIM = '#8b949e';

function tellStory() {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--stack-size=6000', join(root, 'tools/story/dist/main.js')],
    { env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: '' }, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the story failed with exit code ${status}`);
  return stdout.split('\n');
}

/** From the heading of act 3 to the end of act 6, without the commands for icp and the longest answers. */
function excerpt(lines) {
  const heading = (number) => lines.findIndex((line) => line.includes(`── ${number} ──`));
  const [first, last] = [heading(3), heading(7)];
  if (first < 0 || last < 0) throw new Error('the story has no acts 3 to 7');
  const shown = [];
  let hidden = 0;
  for (const line of lines.slice(first, last)) {
    const text = plain(line);
    if (text.startsWith('  $ icp ')) continue;
    hidden = /^ {4,}(?:Ok = )?\S.*[{;]$/.test(text) || /^ {4,}[})]/.test(text) ? hidden + 1 : 0;
    if (hidden === 0) shown.push(line);
    else if (hidden === 1) shown.push('    …');
  }
  return shown;
}

/** Words with one blank between them: what renderers make of more blanks differs, so none of them is drawn. */
const WORDS = /\S+(?: \S+)*/g;

/** Pieces of a line with their colour, from the escape sequences that the story writes. */
function pieces(line) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes start with the escape character
  const tokens = line.split(/\u001b\[(\d+)m/);
  const style = { fill: INK, bold: false };
  const found = [];
  let used = 0;
  tokens.forEach((token, index) => {
    if (index % 2 === 1) applyCode(style, token);
    else if (token !== '' && used < COLUMNS) {
      const text = used + token.length > COLUMNS ? `${token.slice(0, COLUMNS - used - 1)}…` : token;
      for (const { 0: words, index } of text.matchAll(WORDS))
        found.push({ text: words, column: used + index, ...style });
      used += token.length;
    }
  });
  return found;
}

function applyCode(style, code) {
  if (code === '0') Object.assign(style, { fill: INK, bold: false });
  else if (code === '1') style.bold = true;
  else if (code === '2') style.fill = DIM;
  else style.fill = COLOURS[code] ?? INK;
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes start with the escape character
const plain = (line) => line.replace(/\u001b\[\d+m/g, '');

function draw(lines) {
  const width = Math.ceil(COLUMNS * CHARACTER_WIDTH + 2 * MARGIN);
  const height = BAR + lines.length * LINE_HEIGHT + MARGIN;
  const text = lines.flatMap((line, row) =>
    pieces(line).map(({ text, column, fill, bold }) => {
      const x = (MARGIN + column * CHARACTER_WIDTH).toFixed(1);
      const length = (text.length * CHARACTER_WIDTH).toFixed(1);
      const weight = bold ? ' font-weight="bold"' : '';
      const y = BAR + (row + 1) * LINE_HEIGHT - 5;
      return `<text x="${x}" y="${y}" fill="${fill}"${weight} textLength="${length}">${escaped(text)}</text>`;
    }),
  );
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${MARGIN + index * 20}" cy="18" r="6" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" style="max-width:100%;height:auto" role="img">`,
    '<title>npm start: a chat is backed up, lost and restored</title>',
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117" stroke="#30363d"/>`,
    ...dots,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">`,
    ...text,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

mkdirSync(join(root, 'docs'), { recursive: true });
writeFileSync(join(root, 'docs/terminal.svg'), draw(excerpt(tellStory())));
process.stdout.write('docs/terminal.svg is drawn\n');
