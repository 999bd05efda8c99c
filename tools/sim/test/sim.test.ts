/** A budget of the simulation: single faults spread over all there are, some seeds, and those of the commit itself. */
import { beforeAll, expect, it } from 'vitest';
import { campaign } from '../src/campaign.ts';
import { singles, swarm } from '../src/generate.ts';
import { describeFailure } from '../src/report.ts';
import type { Case } from '../src/simulate.ts';
import { openStage, type Stage } from '../src/stage.ts';
import { WORLDS } from '../src/worlds.ts';

const SINGLES = 6;
const SEEDS = 4;
const COMMIT_SEEDS = 4;

/** Set by `npm test` to a number made of the commit's hash. */
const COMMIT_SEED = Number(process.env.SIM_SEED ?? 1_000_000);

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 300_000);

const failuresOf = (cases: readonly { number: number; case: Case }[]) =>
  campaign(stage, cases).failures.map(describeFailure);

const seeds = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    number: first + index,
    case: swarm(stage.rehearsals, first + index),
  }));

/** The worlds are dear: of each four, the commit's hash says which one is run here. Every campaign begins with all of them. */
const ofThisCommit = (scenario: string, index: number) =>
  process.env.SIM_ALL === '1' || !(scenario in WORLDS) || index % 4 === COMMIT_SEED % 4;

it('every ordinary scenario, and a quarter of the worlds, holds without faults', () => {
  const cases = stage.rehearsals
    .map(({ scenario }, number) => ({ number, case: { scenario, faults: [] } }))
    .filter(({ number, case: { scenario } }) => ofThisCommit(scenario, number));
  expect(failuresOf(cases)).toEqual([]);
});

it(`${SINGLES} single faults hold, spread over all there are`, () => {
  const all = stage.rehearsals.flatMap(singles);
  const spread = Array.from({ length: SINGLES }, (_, index) => Math.floor((index * all.length) / SINGLES));
  expect(failuresOf(spread.map((number) => ({ number, case: all[number]! })))).toEqual([]);
});

it(`${SEEDS} seeds hold`, () => {
  expect(failuresOf(seeds(1, SEEDS))).toEqual([]);
});

it(`${COMMIT_SEEDS} seeds of the commit hold, from ${COMMIT_SEED}`, () => {
  expect(failuresOf(seeds(COMMIT_SEED, COMMIT_SEEDS))).toEqual([]);
});

it('one seed decides everything', () => {
  const one = swarm(stage.rehearsals, 5);
  const digest = () => Buffer.from(stage.run(one).world.ic.digest()).toString('hex');
  expect(digest()).toBe(digest());
});
