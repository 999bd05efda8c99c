/** What was measured of one thing, in milliseconds unless `unit` says otherwise. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 'rounds' | 'MB' | 'x';
  /** How many times it was done; `value` is the median. */
  readonly samples: number;
  /** How many times the bare Wasm call takes in the same run. */
  readonly ratio?: number;
  /** What we want at most, in the unit of the value or, if `ratio` is there, of the ratio. */
  readonly aim?: number;
}

/** The median is what a run usually sees; a mean would show the pauses of the machine. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export interface Repetition {
  /** Runs that are not counted, until V8 has compiled what is used. */
  readonly warmUp?: number;
  readonly samples: number;
}

/** Milliseconds of each run. */
export function time(work: (index: number) => void, { warmUp = 0, samples }: Repetition): number[] {
  const taken: number[] = [];
  for (let index = 0; index < warmUp + samples; index += 1) {
    const started = performance.now();
    work(index);
    if (index >= warmUp) taken.push(performance.now() - started);
  }
  return taken;
}

/** Two works in turn, so that whatever else the machine does meets both alike. Medians. */
export function timeInTurn(one: () => void, other: () => void, repetition: Repetition): [one: number, other: number] {
  const taken: [number, number][] = [];
  const { warmUp = 0, samples } = repetition;
  for (let index = 0; index < warmUp + samples; index += 1) {
    const both: [number, number] = [time(one, { samples: 1 })[0] ?? 0, time(other, { samples: 1 })[0] ?? 0];
    if (index >= warmUp) taken.push(both);
  }
  return [median(taken.map(([first]) => first)), median(taken.map(([, second]) => second))];
}

export async function timeAsync(
  work: (index: number) => Promise<void>,
  { warmUp = 0, samples }: Repetition,
): Promise<number[]> {
  const taken: number[] = [];
  for (let index = 0; index < warmUp + samples; index += 1) {
    const started = performance.now();
    await work(index);
    if (index >= warmUp) taken.push(performance.now() - started);
  }
  return taken;
}
