/**
 * The walkthrough of the documentation, with the real `icp` and the whole project: every command in it is run in order, and
 * what it prints has to be what the document says, once ids, times, sizes and other numbers of the day are replaced.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from './free-port.ts';

const ICP = process.env.ICP_CLI_BIN || undefined;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Milliseconds: the walkthrough waits a minute itself. */
const TIMEOUT = 300_000;

interface Step {
  readonly command: string;
  readonly prints: string;
}

/** The commands in the document's blocks, each with what it prints. */
function stepsOf(document: string): Step[] {
  const blocks = [...document.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = '']) => block);
  return blocks
    .flatMap((block) => block.split(/^\$ /m).slice(1))
    .map((step) => {
      const [command = '', ...prints] = step.trimEnd().split('\n');
      return { command, prints: prints.join('\n') };
    });
}

/** Each kind of value that differs between two runs under a name of its own, the same value always under the same. */
function replaced(text: string): string {
  const seen = new Map<string, string>();
  const numbered = (kind: string) => (value: string) => {
    const count = [...seen.values()].filter((name) => name.startsWith(`<${kind} `)).length;
    if (!seen.has(value)) seen.set(value, `<${kind} ${count + 1}>`);
    return seen.get(value) as string;
  };
  return text
    .replace(/\b[a-z2-7]{5}(?:-[a-z2-7]{5}){3,}-[a-z2-7]{3}\b/g, numbered('id'))
    .replace(/\b[0-9a-f]{64}\b/g, '<hash>')
    .replace(/\b[0-9a-f]{36}\b/g, numbered('snapshot'))
    .replace(/blob "[^"]*"/g, 'blob')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, '<time>')
    .replace(/[\d.]+ MiB/g, '<size>')
    .replace(/\d+ seconds ago|age_seconds = \d+/g, '<age>')
    .replace(/PID: \d+|:\d{4,5}\/|port \d{4,5}$/gm, '<process or port>')
    .replace(/\d[\d_]{4,}/g, '<number>');
}

describe.skipIf(ICP === undefined)('the walkthrough with icp [needs ICP_CLI_BIN]', () => {
  let home: string;
  let project: string;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'local-ic-home-'));
    project = mkdtempSync(join(tmpdir(), 'local-ic-project-'));
    const own = new Set(['icp.yaml', '.icp', '.git']);
    for (const name of readdirSync(ROOT)) if (!own.has(name)) symlinkSync(join(ROOT, name), join(project, name));
    const port = await freePort();
    writeFileSync(
      join(project, 'icp.yaml'),
      readFileSync(join(ROOT, 'icp.yaml'), 'utf8').replace('4943', String(port)),
    );
  });
  afterAll(() => {
    try {
      execFileSync(ICP as string, ['network', 'stop'], { cwd: project, env: environment(), stdio: 'ignore' });
    } catch {
      // The walkthrough has stopped it itself.
    }
    for (const folder of [home, project]) rmSync(folder, { recursive: true, force: true });
  });

  function environment(): NodeJS.ProcessEnv {
    const path = [dirname(ICP as string), process.env.PATH].join(delimiter);
    return { ...process.env, PATH: path, HOME: home, PWD: project, DO_NOT_TRACK: '1', NO_COLOR: '1' };
  }

  /** Runs all of them in one shell; gives what each has printed. */
  function run(commands: readonly string[]): Promise<string[]> {
    const script = commands.map((command) => `echo '@@'\n{ ${command}\n} 2>&1`).join('\n');
    return new Promise((resolve, reject) => {
      execFile('bash', ['-c', script], { cwd: project, env: environment(), timeout: TIMEOUT }, (error, stdout) => {
        if (error?.killed === true) reject(error);
        else
          resolve(
            stdout
              .split(/^@@\n/m)
              .slice(1)
              .map((text) => text.trimEnd().replaceAll(project, '.')),
          );
      });
    });
  }

  test(
    'prints what docs/walkthrough.md says',
    async () => {
      const steps = stepsOf(readFileSync(join(ROOT, 'docs/walkthrough.md'), 'utf8'));
      const printed = await run(steps.map(({ command }) => command));
      const transcript = (texts: readonly string[]) =>
        replaced(steps.map(({ command }, index) => `$ ${command}\n${texts[index]}`).join('\n'));
      expect(transcript(printed)).toBe(transcript(steps.map(({ prints }) => prints)));
    },
    TIMEOUT,
  );
});
