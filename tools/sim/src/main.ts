/**
 * `pnpm sim`: faults at every message boundary, in process, decided by seeds.
 *
 * Exit codes: 0 everything held; 2 wrong usage; 10 a crash (of the simulation, the engine or a canister's answer);
 * 11 lost safety: an invariant is broken; 12 lost progress: a target is not backed up or restored any more.
 * With several failures the worst decides: safety, then progress, then crash.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { buildId } from './build-id.ts';
import { campaign } from './campaign.ts';
import { type Modules, readModules } from './canisters.ts';
import { swarm } from './generate.ts';
import { buildManagerWith, KNOWN_BUG_NAMES, type KnownBug } from './known-bugs.ts';
import type { Failure, Numbered } from './outcomes.ts';
import { CampaignRecord, casesHash, UnusableRecord } from './record.ts';
import { decodeCase, describeFailure, trace } from './report.ts';
import { MAX_PAIRS, MAX_SINGLES, type Selection, select, tellSelection } from './selection.ts';
import type { Case } from './simulate.ts';
import { type Stage, stageOf } from './stage.ts';
import { walk } from './walk.ts';

const EXIT = { held: 0, usage: 2, crash: 10, safety: 11, progress: 12 };

/** Seconds between two lines of progress. */
const PROGRESS_SECONDS = 5;

interface Options extends Selection {
  readonly resume?: string;
  readonly walk?: number;
  readonly replay?: boolean;
  readonly case?: string;
  readonly json?: boolean;
  readonly bug?: KnownBug;
  readonly shrink: boolean;
}

const natural = (text: string): number => {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It has to be a number from 0.');
  return Number(text);
};

const part = (text: string): readonly [number, number] => {
  const [, index = 0, count = 0] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (index < 1 || index > count) throw new InvalidArgumentError('It has to be like 1/2.');
  return [index, count];
};

const program = new Command('pnpm sim')
  .description('Runs the backup manager under faults and checks its invariants. See docs/simulation.md.')
  .option('--seeds <count>', 'how many swarms, from --seed on (default 100)', natural)
  .option('--seed <number>', 'the first seed', natural, 1)
  .option(
    '--singles',
    `every single fault instead of swarms, thinned to ${MAX_SINGLES}; every class at every boundary stays`,
  )
  .option('--pairs', `pairs of faults instead of swarms, at most ${MAX_PAIRS}`)
  .option('--limit <count>', 'of singles or pairs at most so many', natural)
  .option('--part <i/n>', 'the i-th of n parts, to run several processes side by side', part)
  .option(
    '--resume <file>',
    'writes what ran to the file, and leaves out what ran before; the file is made if it is missing',
  )
  .option('--walk <steps>', 'a walk over the calls that could make a history shorter, instead of faults', natural)
  .option('--replay', 'tells round by round what happens with --seed')
  .option('--case <json>', 'the same for a case as a failure prints it')
  .addOption(new Option('--bug <name>', 'a manager with a known bug in it').choices(KNOWN_BUG_NAMES))
  .option('--no-shrink', 'failures as they were found')
  .option('--json', 'one JSON object at the end instead of text')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.usage));

const say = (line: string) => process.stderr.write(`${line}\n`);

function replay(stage: Stage, one: Case): number {
  const { verdict, world } = stage.run(one);
  process.stdout.write(`${JSON.stringify(one)}\n${trace(world, verdict)}\n`);
  return EXIT[verdict.kind];
}

function recordOf(path: string, options: Options, cases: readonly Numbered[]): CampaignRecord {
  const list = cases.map((one) => one.case);
  const told = `${tellSelection(options)}${options.bug === undefined ? '' : ` --bug ${options.bug}`}`;
  try {
    return new CampaignRecord(path, { options: told, build: buildId(modules), cases: casesHash(list) });
  } catch (error) {
    if (!(error instanceof UnusableRecord)) throw error;
    say(error.message);
    process.exit(EXIT.usage);
  }
}

function run(stage: Stage, options: Options): number {
  const { cases, notes } = select(stage.rehearsals, options);
  for (const note of notes) say(note);
  const record = options.resume === undefined ? undefined : recordOf(options.resume, options, cases);
  if (record !== undefined) say(`${record.done.length} cases ran before`);
  const started = performance.now();
  const cpu = process.cpuUsage();
  let spoke = started;
  say(`${cases.length} cases`);
  const { failures, ran } = campaign(stage, cases, {
    record,
    shrinking: options.shrink,
    onCase: (done, failure) => {
      if (failure !== undefined) say(describeFailure(failure));
      if (performance.now() - spoke < PROGRESS_SECONDS * 1000) return;
      spoke = performance.now();
      say(`${done} of ${cases.length}, ${Math.round(done / ((spoke - started) / 60_000))} a minute`);
    },
  });
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1_000_000;
  const result = {
    cases: cases.length,
    failed: failures.length,
    seconds,
    cpuSeconds,
    perMinute: Math.round((ran * 60) / seconds),
    perCpuMinute: Math.round((ran * 60) / cpuSeconds),
  };
  if (options.json) process.stdout.write(`${JSON.stringify({ ...result, failures }, null, 2)}\n`);
  else process.stdout.write(`${summary(result)}\n`);
  return worst(failures);
}

function summary(result: { cases: number; failed: number; seconds: number; perMinute: number; perCpuMinute: number }) {
  const speed = `${result.seconds.toFixed(0)} s, ${result.perMinute} a minute, ${result.perCpuMinute} a minute of processor time`;
  return `${result.cases} cases, ${result.failed} failed; ${speed}`;
}

function worst(failures: readonly Failure[]): number {
  for (const kind of ['safety', 'progress', 'crash'] as const) {
    if (failures.some((failure) => failure.kind === kind)) return EXIT[kind];
  }
  return EXIT.held;
}

function stroll(modules: Modules, steps: number, seed: number): number {
  const started = performance.now();
  const walked = walk(modules, { seed, steps }, (step) => {
    if (step % 500 === 0) say(`${step} of ${steps} steps, ${Math.round((performance.now() - started) / 1000)} s`);
  });
  process.stdout.write(
    `${JSON.stringify({ seed, ...walked, seconds: Math.round((performance.now() - started) / 1000) })}\n`,
  );
  return walked.broken === undefined ? EXIT.held : EXIT.safety;
}

const options = program.parse().opts<Options>();
const modules = await readModules(options.bug && (await buildManagerWith(options.bug)));
if (options.walk !== undefined) process.exit(stroll(modules, options.walk, options.seed));
const stage = stageOf(modules);
if (options.case !== undefined) process.exitCode = replay(stage, decodeCase(options.case));
else if (options.replay) process.exitCode = replay(stage, swarm(stage.rehearsals, options.seed));
else process.exitCode = run(stage, options);
