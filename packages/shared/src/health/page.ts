/** Health for people: one page without scripts, and readable without styles. */
import { count, span, when } from '../text/format.ts';
import type { HealthReport } from './report.ts';
import type { HealthReason, TargetHealth } from './types.ts';

/**
 * @param open whether ids and balances may be shown; without it there are levels and counts
 */
export function healthPage(report: HealthReport, open: boolean): string {
  const { level, counts, manager } = report;
  const total = counts.ok + counts.warn + counts.critical;
  const summary = `<p>${count(total, 'target')}: ${counts.ok} ok, ${counts.warn} warn, ${counts.critical} critical. Manager: ${manager.level}.</p>`;
  const rest = open
    ? `${reasonList(manager.reasons)}${targetTable(report.targets)}${otherParts(report)}<p>${when(report.now)}</p>`
    : '<p>The manager does not show more to everybody; call <code>health</code>.</p>';
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">' +
    `<title>Backups: ${level}</title><style>${STYLE}</style></head><body><h1>Backups: <span class="${level}">${level}</span></h1>` +
    `${summary}${rest}</body></html>\n`
  );
}

/** On a narrow screen, a row of the table becomes a block whose cells name their columns. */
const STYLE =
  ':root{color-scheme:light dark}' +
  'body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}' +
  'table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem;border-bottom:1px solid #8888}' +
  'th,td{overflow-wrap:break-word}td:last-child{overflow-wrap:anywhere}td ul{margin:0;padding-left:1.2rem}' +
  '.ok{color:#0a6b2d}.warn{color:#8a5a00}.critical{color:#b00020}' +
  '@media(prefers-color-scheme:dark){.ok{color:#7ee787}.warn{color:#e3b341}.critical{color:#ff8a80}}' +
  '@media(max-width:64rem){thead{display:none}table,tbody,tr,td{display:block}tr{padding:1rem 0;border-bottom:1px solid #8888}' +
  'td{border:0;padding:.1rem 0}td::before{content:attr(data-of) ": "}}';

const COLUMNS = [
  'Target',
  'Health',
  'As of',
  'Last success',
  'Newest good',
  'Down for',
  'Next run',
  'Snapshots',
  'Reasons',
];

function otherParts({ part = 0, parts = 1 }: HealthReport): string {
  if (parts === 1) return '';
  const links = Array.from({ length: parts }, (_, at) => (at === part ? `${at}` : `<a href="/?part=${at}">${at}</a>`));
  return `<p>Part ${links.join(' ')}</p>`;
}

function targetTable(targets: readonly TargetHealth[]): string {
  if (targets.length === 0) return '<p>No canister is registered.</p>';
  return (
    `<table><thead><tr>${COLUMNS.map((text) => `<th scope="col">${text}</th>`).join('')}</tr></thead>` +
    `<tbody>${targets.map(row).join('')}</tbody></table>`
  );
}

function row(target: TargetHealth): string {
  const { canister, name, level, record, nextRunAt, snapshots, reasons, asOf, goodAge } = target;
  const cells = [
    name === undefined ? escapeHtml(canister) : `<strong>${escapeHtml(name)}</strong><br>${escapeHtml(canister)}`,
    `<span class="${level}">${level}</span>`,
    asOf === undefined ? 'never' : when(asOf),
    record.lastSuccess === undefined ? 'never' : when(record.lastSuccess),
    goodAge === undefined ? 'none' : `${span(goodAge)} old`,
    record.downtime === undefined ? '' : span(record.downtime),
    when(nextRunAt),
    String(snapshots),
  ];
  return `<tr>${[...cells, reasonList(reasons)].map((cell, at) => `<td data-of="${COLUMNS[at]}">${cell}</td>`).join('')}</tr>`;
}

function reasonList(reasons: readonly HealthReason[]): string {
  if (reasons.length === 0) return '';
  return `<ul>${reasons.map(({ level, message }) => `<li class="${level}">${escapeHtml(message)}</li>`).join('')}</ul>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Messages hold what canisters answered. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
