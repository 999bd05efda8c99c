/** The least, the middle and the most of several samples. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** A number that is the same in every run on every machine. */
export interface Exact {
  readonly kind: 'exact';
  readonly name: string;
  readonly value: number;
  readonly unit: 'rounds' | 'instructions' | 'pages' | 'bytes' | 'images';
  /** At most, in the unit of the value. */
  readonly aim?: number;
}

/** Times, of this machine at this moment. */
export interface Timed {
  readonly kind: 'timed';
  readonly name: string;
  /** Milliseconds by the clock. */
  readonly ms: Spread;
  /** Milliseconds of processor time of this process, all threads: hardly differs when others use the machine too. */
  readonly cpu?: Spread;
  readonly samples: number;
  /** How many times it was done before, uncounted. */
  readonly warmUp: number;
  /** To the bare call, each sample to the bare call right before it; of processor times where both have one. */
  readonly ratio?: Spread;
  readonly aim?: Aim;
}

/** What the median, or the median ratio to the bare call, should be at most. */
export type Aim = { readonly of: 'ms' | 'ratio'; readonly most: number };

export type Measure = Exact | Timed;

/** The median is what a run usually sees; a mean would show the pauses of the machine. */
export function spread(samples: readonly number[]): Spread {
  if (samples.length === 0) throw new RangeError('there is nothing to summarize');
  const sorted = samples.toSorted((one, other) => one - other);
  const at = (index: number) => sorted[index] as number;
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { min: at(0), median, max: at(sorted.length - 1) };
}

export interface Repetition {
  /** Runs that are not counted: until V8 has compiled what is used with its optimizing compilers. */
  readonly warmUp: number;
  readonly samples: number;
}

export type Work = (index: number) => unknown;

/** One run: milliseconds by the clock, and of processor time if all of it was spent in this process. */
export interface Taken {
  readonly ms: number;
  readonly cpu?: number;
}

/** What each run took. */
export function time(work: Work, repetition: Repetition): Taken[] {
  return timeInTurn([work], repetition).map(([taken]) => taken as Taken);
}

/** The works in turn, so that whatever else the machine does meets all alike: what each took, a row a turn. */
export function timeInTurn(works: readonly Work[], { warmUp, samples }: Repetition): Taken[][] {
  const rows: Taken[][] = [];
  for (let index = 0; index < warmUp + samples; index += 1) {
    const row = works.map((work) => {
      const cpuBefore = process.cpuUsage();
      const started = performance.now();
      work(index);
      const ms = performance.now() - started;
      const { user, system } = process.cpuUsage(cpuBefore);
      return { ms, cpu: (user + system) / 1000 };
    });
    if (index >= warmUp) rows.push(row);
  }
  return rows;
}

/** As `timeInTurn`, for works that wait for others. */
export async function timeInTurnAsync(works: readonly Work[], { warmUp, samples }: Repetition): Promise<Taken[][]> {
  const rows: Taken[][] = [];
  for (let index = 0; index < warmUp + samples; index += 1) {
    const row: Taken[] = [];
    for (const work of works) {
      const started = performance.now();
      await work(index);
      row.push({ ms: performance.now() - started });
    }
    if (index >= warmUp) rows.push(row);
  }
  return rows;
}

export function timed(name: string, taken: readonly Taken[], { warmUp }: Repetition, aim?: Aim): Timed {
  const cpu = taken.flatMap((one) => one.cpu ?? []);
  return {
    kind: 'timed',
    name,
    ms: spread(taken.map(({ ms }) => ms)),
    ...(cpu.length > 0 && { cpu: spread(cpu) }),
    samples: taken.length,
    warmUp,
    ...(aim && { aim }),
  };
}

export interface BesideOptions {
  /** A name for each column; the first is the bare call. */
  readonly names: readonly string[];
  readonly repetition: Repetition;
  readonly aim?: Aim;
}

/** A bare call and what is measured beside it, from rows of `timeInTurn`. */
export function beside(rows: readonly (readonly Taken[])[], { names, repetition, aim }: BesideOptions): Timed[] {
  return names.map((name, at) => {
    const column = rows.map((row) => row[at] as Taken);
    if (at === 0) return timed(name, column, repetition);
    const ratios = rows.map((row) => ratio(row[at] as Taken, row[0] as Taken));
    return { ...timed(name, column, repetition, aim), ratio: spread(ratios) };
  });
}

function ratio(one: Taken, bare: Taken): number {
  return one.cpu !== undefined && bare.cpu !== undefined ? one.cpu / bare.cpu : one.ms / bare.ms;
}

/** Whether the aim is met, or null if there is none. */
export function isMet(measure: Measure): boolean | null {
  if (measure.aim === undefined) return null;
  if (measure.kind === 'exact') return measure.value <= measure.aim;
  const { of, most } = measure.aim;
  return (of === 'ms' ? measure.ms.median : (measure.ratio?.median ?? Number.POSITIVE_INFINITY)) <= most;
}
