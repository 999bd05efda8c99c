import type { Measure } from './measure.ts';

/** The table that a person reads. */
export function table(measures: readonly Measure[]): string {
  const rows = [
    ['', 'median', 'of', 'to bare', 'aim'],
    ...measures.map((measure) => [
      measure.name,
      `${digits(measure.value)} ${measure.unit}`,
      String(measure.samples),
      measure.ratio === undefined ? '' : `${digits(measure.ratio)} x`,
      verdict(measure),
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 || column === 4 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What is measured against its aim: the ratio to the bare call, or the value itself. */
export function missed({ aim, ratio, value }: Measure): boolean {
  return aim !== undefined && (ratio ?? value) > aim;
}

function verdict(measure: Measure): string {
  if (measure.aim === undefined) return '';
  const unit = measure.ratio === undefined ? measure.unit : 'x';
  return `at most ${measure.aim} ${unit}: ${missed(measure) ? 'missed' : 'met'}`;
}

function digits(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
