/** One checker for each invariant that must hold. */
import type { Checker } from '../history.ts';
import { health } from './health.ts';
import { lastGood } from './last-good.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { promised } from './promised.ts';
import { records } from './records.ts';
import { restores } from './restores.ts';
import { rights } from './rights.ts';
import { runsAgain } from './runs-again.ts';
import { undisturbed } from './undisturbed.ts';

export const CHECKERS: readonly Checker[] = [
  runsAgain,
  lastGood,
  restores,
  records,
  oneAtATime,
  rights,
  health,
  promised,
  undisturbed,
];
export { health, lastGood, oneAtATime, promised, records, restores, rights, runsAgain, undisturbed };
