/** Measures, prints two tables, writes `tools/bench/reports/bench.json`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { measureExactly } from './exact.ts';
import { measureCalls, measureInstalls } from './in-process.ts';
import type { Measure } from './measure.ts';
import { readModules } from './modules.ts';
import { tables, verdict } from './report.ts';
import { measureForks, measureSnapshots } from './saving.ts';
import { measureRest, measureStart } from './server.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);
const modules = readModules();

const STEPS: readonly (readonly [name: string, run: () => readonly Measure[] | Promise<readonly Measure[]>])[] = [
  ['installs', () => measureInstalls(modules)],
  ['rounds, instructions and bytes', () => measureExactly(modules)],
  ['calls in process, beside the bare Wasm', () => measureCalls(modules)],
  ['snapshots', () => measureSnapshots(modules)],
  ['checkpoints and forks', () => measureForks(modules)],
  ['starts of the server', measureStart],
  ['calls over REST, through @dfinity/pic', () => measureRest(modules)],
];

const LEGEND = `Times are in ms: by the clock, and "cpu" the median of this process's processor time. "of" samples were counted, after
"after" that were not. "to bare" is each sample to the bare call right before it: of processor times in process, by the
clock over REST, where the server is another process.`;

const loadBefore = loadavg()[0] ?? 0;
const measures: Measure[] = [];
for (const [name, run] of STEPS) {
  say(`- ${name}`);
  measures.push(...(await run()));
}

const folder = fileURLToPath(new URL('../reports/', import.meta.url));
const machine = {
  node: process.version,
  arch: process.arch,
  cpu: cpus()[0]?.model ?? 'unknown',
  cpus: availableParallelism(),
  load: { before: loadBefore, after: loadavg()[0] ?? 0 },
};
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}bench.json`, `${JSON.stringify({ machine, measures }, null, 2)}\n`);

say(`\nNode ${machine.node}, ${machine.cpus} x ${machine.cpu}\n`);
say(tables(measures));
say(`\n${verdict(measures)}`);
say(LEGEND);
say(noise());
say('The same for programs: tools/bench/reports/bench.json');

/** How much else went on: a bare call does the same work each time, so that its spread is the machine's. */
function noise(): string {
  const bare = measures.find(({ name }) => name === 'update, bare');
  if (bare?.kind !== 'timed') throw new Error('the bare update was not measured');
  const { min, median, max } = bare.ms;
  const load = `load ${loadBefore.toFixed(1)} before, ${machine.load.after.toFixed(1)} after, on ${machine.cpus} processors`;
  return `Noise: bare updates took 1 to ${(max / min).toFixed(1)} times the fastest, in the middle ${(median / min).toFixed(1)}; ${load}.`;
}
