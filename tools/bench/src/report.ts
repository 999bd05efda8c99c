import { type Exact, isMet, type Measure, type Timed } from './measure.ts';

/** The tables that a person reads: first what is the same everywhere, then times. */
export function tables(measures: readonly Measure[]): string {
  const exact = measures.filter((measure) => measure.kind === 'exact');
  const timed = measures.filter((measure) => measure.kind === 'timed');
  const parts = [
    columns([['The same on every machine', '', 'aim'], ...exact.map(exactRow)]),
    columns([
      ['Times', 'median', 'min', 'max', 'cpu', 'of', 'after', 'to bare', 'min', 'max', 'aim'],
      ...timed.map(timedRow),
    ]),
  ];
  return parts.join('\n\n');
}

export function verdict(measures: readonly Measure[]): string {
  const short = measures.filter((measure) => isMet(measure) === false);
  if (short.length === 0) return 'Every aim is met.';
  return `Short of the aim: ${short.map(({ name }) => name).join('; ')}.`;
}

function exactRow(measure: Exact): string[] {
  const aim = measure.aim === undefined ? '' : `at most ${number(measure.aim)} ${measure.unit}: ${word(measure)}`;
  return [measure.name, `${number(measure.value)} ${measure.unit}`, aim];
}

function timedRow(measure: Timed): string[] {
  const { name, ms, cpu, samples, warmUp, ratio, aim } = measure;
  const goal = aim === undefined ? '' : `at most ${aim.most}${aim.of === 'ms' ? ' ms' : ' x'}: ${word(measure)}`;
  const ratios =
    ratio === undefined ? ['', '', ''] : [ratio.median, ratio.min, ratio.max].map((times) => `${digits(times)} x`);
  return [
    name,
    `${digits(ms.median)} ms`,
    digits(ms.min),
    digits(ms.max),
    cpu === undefined ? '' : digits(cpu.median),
    String(samples),
    String(warmUp),
    ...ratios,
    goal,
  ];
}

function word(measure: Measure): string {
  return isMet(measure) === true ? 'met' : 'MISSED';
}

/** First and last column to the left, numbers to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const count = rows[0]?.length ?? 0;
  const widths = Array.from({ length: count }, (_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const cell = (text: string, at: number) =>
    at === 0 || at === count - 1 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

function number(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-US').replaceAll(',', ' ') : value.toFixed(2);
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
