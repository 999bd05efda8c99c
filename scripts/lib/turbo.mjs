import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from './run.mjs';

const SHOWN_LINES_PER_TASK = 120;

/**
 * Runs turbo tasks quietly. Everything they say goes to `.cache/logs/<name>.log`; what comes back is what a person needs
 * to see of the tasks that failed.
 * @param {{ root: string, env: NodeJS.ProcessEnv, name: string, tasks: string[], args?: string[], note: (text: string) => void }} options
 * @returns {Promise<{ code: number, failed: string[], details: string[], log: string }>}
 */
export async function turbo({ root, env, name, tasks, args = [], note }) {
  const outputOf = new Map();
  const log = [];
  let failed = [];
  const onLine = (line) => {
    const event = parse(line);
    log.push(event.source === 'turbo' ? event.text : `${event.source}: ${event.text}`);
    if (event.source === 'turbo') {
      const list = /^Failed:\s+(.*)$/.exec(plain(event.text));
      if (list) failed = list[1].split(',').map((task) => task.trim());
    }
    const output = outputOf.get(event.source) ?? [];
    output.push(event.text);
    outputOf.set(event.source, output);
    const said = plain(event.text).trim();
    if (said && event.source !== 'turbo') note(`${event.source.replace('@canister-backup/', '')}: ${said}`);
  };
  const command = ['turbo', 'run', ...tasks, '--json', '--cache=local:rw', ...args];
  const ended = await capture(command, { cwd: root, env, onLine });
  const code = ended.code === 0 && !allSuccessful(ended.lines.map(parse)) ? 1 : ended.code;
  const file = `.cache/logs/${name}.log`;
  mkdirSync(join(root, '.cache/logs'), { recursive: true });
  writeFileSync(join(root, file), `${log.map(plain).join('\n')}\n`);
  return { code, failed, details: code === 0 ? [] : failureOutput(outputOf, failed), log: file };
}

/** A turbo event; lines that are not JSON are turbo's own last words. */
function parse(line) {
  try {
    const { source, text } = JSON.parse(line);
    return { source: String(source), text: String(text) };
  } catch {
    return { source: 'turbo', text: line };
  }
}

/** turbo exits with 0 also after it killed tasks; its last words count what was done. */
function allSuccessful(events) {
  const counts = events.map(({ text }) => /^ *Tasks: +(\d+) successful, (\d+) total/.exec(plain(text))).find(Boolean);
  return counts !== undefined && counts[1] === counts[2];
}

function failureOutput(outputOf, failed) {
  if (failed.length === 0) return (outputOf.get('turbo') ?? []).slice(-SHOWN_LINES_PER_TASK);
  return failed.flatMap((task) => {
    const output = (outputOf.get(task) ?? ['(it said nothing)']).filter((text) => text.trim() !== '');
    const hidden = output.length - SHOWN_LINES_PER_TASK;
    return [
      '',
      `--- ${task}`,
      ...(hidden > 0 ? [`(${hidden} lines before these)`] : []),
      ...output.slice(-SHOWN_LINES_PER_TASK),
    ];
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes start with the escape character
const plain = (text) => text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
