// From a fresh clone to a running command, with Node and npm and nothing else: brings the pinned pnpm, installs the locked
// dependencies, builds with turbo, then runs the command. Each step is skipped when nothing has changed since the last
// time, so a warm start needs no network.
//
//   node scripts/bootstrap.mjs start | play | network | test | test:clients | bench | sim | fuzz | crash | load | policies |
//   build (npm start, npm test; npm run play, npm run network and so on)
//
// Exit codes: 0 done; 1 the command itself failed (a test, or a claim of the story); 2 unknown command; 3 Node is too old;
// 4 no pnpm; 5 the dependencies could not be installed; 6 the build failed; 7 a client of `test:clients` could not be had;
// 130 interrupted. `sim`, `policies`, `fuzz`, `crash` and `load` have codes of their own: src/main.ts of tools/sim,
// tools/policies and tools/load.
//
// Linux and macOS. On Windows use WSL: the canister build and the servers rely on a POSIX shell and signals.
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clients } from './lib/clients.mjs';
import { environment, installDependencies, installPnpm, packageFiles } from './lib/install.mjs';
import { capture, forwardSignals, hand, Stop } from './lib/run.mjs';
import { bold, phase, red, say, seconds } from './lib/terminal.mjs';
import { turbo } from './lib/turbo.mjs';
import { countTests, removeReports, summaryLines } from './summary.mjs';

const EXIT = { failed: 1, usage: 2, node: 3, build: 6 };

/** Canisters may nest calls deeply; local-ic bounds that itself and needs this much of the host's stack (in KiB). */
const STACK_SIZE = 6000;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** A simulation makes pages by the thousand that live for a few rounds, and other processes need the other processors. */
const SIMULATION = ['--max-semi-space-size=64', '--single-threaded-gc'];

const COMMANDS = {
  start: (env, args) => runBuilt('tools/story/dist/main.js', env, args),
  play: (env, args) => runBuilt('tools/story/dist/play.js', env, args),
  network: (env, args) => runBuilt('tools/local-ic/dist/bin/local-ic.js', env, ['start', ...args]),
  bench: (env, args) => runBuilt('tools/bench/dist/main.js', env, args),
  sim: (env, args) => runBuilt('tools/sim/dist/main.js', env, args, SIMULATION),
  policies: (env, args) => runBuilt('tools/policies/dist/main.js', env, args),
  fuzz: (env, args) => runBuilt('tools/load/dist/main.js', env, ['fuzz', ...args]),
  crash: (env, args) => runBuilt('tools/load/dist/main.js', env, ['crash', ...args]),
  load: (env, args) => runBuilt('tools/load/dist/main.js', env, ['load', ...args]),
  build: async (env) => {
    await build(env);
    return 0;
  },
  test: runTests,
  'test:clients': runClientTests,
};

async function main() {
  const [name, ...args] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name] : undefined;
  if (!command) {
    const usage = `Usage: node scripts/bootstrap.mjs ${Object.keys(COMMANDS).join(' | ')}`;
    throw new Stop(EXIT.usage, name === undefined ? usage : `There is no command ${name}. ${usage}`);
  }
  requireNode();
  if (process.platform === 'win32') say('Windows is not supported; inside WSL this works.');
  const env = environment(root);
  await installPnpm(root, env);
  await installDependencies(root, env);
  return await command(env, args);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Stop(
    EXIT.node,
    `Node ${process.versions.node} is too old: install Node 20.19 or newer, then run this again.`,
  );
}

/** What icp-cli alone needs: the compiler of Motoko is slow, and a story should not wait for it. */
const WITHOUT_LEDGERS = ['--filter=!local-ic-system-canisters'];

/** Builds what it needs, then hands the terminal to a built program. */
async function runBuilt(program, env, args, flags = []) {
  await build(env, WITHOUT_LEDGERS);
  const node = [process.execPath, `--stack-size=${STACK_SIZE}`, ...flags];
  return await hand([...node, join(root, program), ...args], { cwd: root, env });
}

async function build(env, args = []) {
  const progress = phase('Building');
  const { code, details, log } = await turbo({ root, env, name: 'build', tasks: ['build'], args, note: progress.note });
  if (code !== 0) {
    progress.fail();
    throw new Stop(EXIT.build, `The build failed; all of its output is in ${log}.`, details);
  }
  progress.succeed();
}

/** Each commit is simulated with seeds of its own: the first 32 bits of its hash. Outside git, with those of the test. */
async function simulationSeed(env) {
  try {
    const { code, lines } = await capture(['git', 'rev-parse', 'HEAD'], { cwd: root, env });
    return code === 0 ? { SIM_SEED: String(Number.parseInt(lines[0].slice(0, 8), 16)) } : {};
  } catch (error) {
    if (error instanceof Stop) return {};
    throw error;
  }
}

/** The whole pipeline, also past a failure, so that one run shows all there is to repair. */
async function runTests(env, args) {
  const started = performance.now();
  // A report of an earlier run must not stand in for tests that did not run; turbo brings back those it has cached.
  for (const file of packageFiles(root)) removeReports(join(root, dirname(file), 'reports'));
  const progress = phase('Lint, types, unit, conformance and end-to-end tests');
  const { code, failed, details, log } = await turbo({
    root,
    env: { ...env, ...(await simulationSeed(env)) },
    name: 'test',
    // By name, and not through turbo's `with`: what runs beside another task is killed when that is done, as a success.
    // All packages are linted at once: a task of each takes longer to start than to run.
    tasks: ['lint:all', 'typecheck', 'tidy', 'test'],
    args: ['--continue=dependencies-successful', ...args],
    note: progress.note,
  });
  if (code === 0) progress.succeed();
  else progress.fail();
  for (const line of details) say(line);
  const counts = countTests(root);
  if (code !== 0) {
    say();
    say(red(`Failed: ${failed.join(', ') || 'turbo itself'}. All output is in ${log}.`));
  }
  say();
  say(bold(`npm test took ${seconds(started)}`));
  for (const line of summaryLines(counts)) say(line);
  return code !== 0 || counts.failed > 0 || counts.missing.length > 0 ? EXIT.failed : 0;
}

/** The tests with real clients, each of which has to be there: a test that is left out is a failure. */
async function runClientTests(env, args) {
  const complete = await clients(root, env);
  await build(env);
  const report = 'reports/clients.json';
  const vitest = ['pnpm', '--filter', '@canister-backup/tests', 'exec', 'vitest', 'run', 'clients'];
  const code = await hand([...vitest, `--outputFile.json=${report}`, ...args], { cwd: root, env: complete });
  if (code !== 0) return code === 130 ? 130 : EXIT.failed;
  const { numPendingTests: skipped } = JSON.parse(readFileSync(join(root, 'tests', report), 'utf8'));
  if (skipped > 0) say(red(`${skipped} tests were skipped, and here none may be.`));
  return skipped > 0 ? EXIT.failed : 0;
}

forwardSignals();
try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  for (const line of error.details) say(line);
  process.stderr.write(`${red(error.message)}\n`);
  process.exitCode = error.code;
}
