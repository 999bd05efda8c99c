/**
 * A file of what a campaign ran, so that it goes on after it was broken off. One line for each case, appended as soon as
 * the case is over. Each line begins with a checksum of the rest of it:
 * - a line without an end was being written when the process ended; it is dropped, and its case runs again;
 * - any other line that does not fit its checksum was changed, and the file is refused;
 * - a file of other cases, of another build of the canisters or of the simulation, is refused.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import type { Failure } from './outcomes.ts';
import { encodeCase } from './report.ts';
import type { Case, Verdict } from './simulate.ts';

/** What a file is about: each text has to be equal for a campaign to go on with it. */
export interface Subject {
  /** The options that decide which cases there are. */
  readonly options: string;
  /** SHA-256 of the canisters' Wasm and of the code of the simulation and of the engine. */
  readonly build: string;
  /** SHA-256 of the list of cases. */
  readonly cases: string;
}

/** A case that is over. */
export interface Done {
  readonly id: string;
  readonly result: Verdict['kind'];
  readonly failure?: Failure;
}

/** The file cannot be used; the message says why and what helps. */
export class UnusableRecord extends Error {}

const FORMAT = 1;
const NEWLINE = 0x0a;
const CHECKSUM_DIGITS = 16;

const sha256 = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

export function caseId(one: Case): string {
  return sha256(encodeCase(one)).slice(0, CHECKSUM_DIGITS);
}

export function casesHash(cases: readonly Case[]): string {
  return sha256(cases.map(encodeCase).join('\n'));
}

export class CampaignRecord {
  /** What the file had when it was opened. */
  readonly done: readonly Done[];
  private readonly path: string;

  /** Makes the file if there is none. Throws `UnusableRecord`. */
  constructor(path: string, subject: Subject) {
    this.path = path;
    const header = lineOf({ format: FORMAT, ...subject });
    const content = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const whole = content.lastIndexOf(NEWLINE) + 1;
    if (whole === 0) {
      // Nothing but a beginning of our own first line may be written over.
      if (!header.startsWith(content.toString())) throw foreign(path);
      this.done = [];
      this.cut(content.length, 0);
      appendFileSync(path, header);
      return;
    }
    const [first, ...rest] = content.subarray(0, whole).toString().trimEnd().split('\n');
    checkSubject(path, read(path, 1, first ?? ''), subject);
    this.done = rest.map((line, index) => read(path, index + 2, line) as Done);
    this.cut(content.length, whole);
  }

  append(done: Done): void {
    appendFileSync(this.path, lineOf(done));
  }

  private cut(length: number, whole: number): void {
    if (length > whole) truncateSync(this.path, whole);
  }
}

function lineOf(value: unknown): string {
  const text = JSON.stringify(value);
  return `${sha256(text).slice(0, CHECKSUM_DIGITS)} ${text}\n`;
}

function read(path: string, number: number, line: string): unknown {
  const text = line.slice(CHECKSUM_DIGITS + 1);
  if (line[CHECKSUM_DIGITS] === ' ' && sha256(text).slice(0, CHECKSUM_DIGITS) === line.slice(0, CHECKSUM_DIGITS)) {
    return JSON.parse(text);
  }
  if (number === 1 && !/^[0-9a-f]{16} \{"format":/.test(line)) throw foreign(path);
  throw new UnusableRecord(
    `${path}: line ${number} does not match its checksum. The file was changed or is damaged. ` +
      'Name another file: the campaign starts again.',
  );
}

function foreign(path: string): UnusableRecord {
  return new UnusableRecord(`${path} is not a record of a campaign. Name a file that does not exist yet.`);
}

function checkSubject(path: string, header: unknown, subject: Subject): void {
  const found = header as Partial<Subject> & { readonly format?: number };
  const refuse = (what: string) => {
    throw new UnusableRecord(`${path} is the record of ${what}. Name another file: the campaign starts again.`);
  };
  if (found.format !== FORMAT) refuse(`format ${found.format}, and this simulation writes format ${FORMAT}`);
  if (found.options !== subject.options) refuse(`\`${found.options}\`, and not of \`${subject.options}\``);
  if (found.build !== subject.build) {
    refuse(`build ${found.build?.slice(0, 12)}, and this is build ${subject.build.slice(0, 12)}`);
  }
  if (found.cases !== subject.cases) refuse('other cases');
}
