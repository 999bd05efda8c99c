/** `npm run bench`: measures, prints a table, writes `tools/bench/reports/bench.json`. Exit code 0 also if an aim is missed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { measureCalls } from './in-process.ts';
import type { Measure } from './measure.ts';
import { readModules } from './modules.ts';
import { missed, table } from './report.ts';
import { measureServer } from './server.ts';
import { measurePair, measureSnapshots } from './snapshots.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);
const modules = readModules();

say('- calls in process, beside the bare Wasm');
const { bare, measures: calls } = measureCalls(modules);
say('- snapshots');
const snapshots = measureSnapshots(modules);
say('- backup and restore by the manager');
const pair = measurePair(modules);
say('- the server, through @dfinity/pic');
const server = await measureServer(modules, bare);

const measures: Measure[] = [...calls, ...server, ...snapshots, ...pair];
const folder = fileURLToPath(new URL('../reports/', import.meta.url));
const machine = { node: process.version, arch: process.arch, cpu: cpus()[0]?.model ?? 'unknown', cpus: cpus().length };
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}bench.json`, `${JSON.stringify({ machine, measures }, null, 2)}\n`);

say(`\nNode ${machine.node}, ${machine.cpus} x ${machine.cpu}\n`);
say(table(measures));
const short = measures.filter(missed).map(({ name }) => name);
say(short.length === 0 ? '\nEvery aim is met.' : `\nShort of its aim: ${short.join('; ')}.`);
say('tools/bench/reports/bench.json has the same for programs.');
