/**
 * The state of a manager in a file: written whole or not at all, readable by its owner alone, and read again only if no
 * bit of it changed. The text is the one that this version writes for these values, so that a change anywhere is seen: in
 * what the checksum covers, in the checksum, and in what stands between values.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { joinItems, readState } from '@canister-backup/shared';
import { z } from 'zod';
import { Failure } from '../failure.ts';

const FORMAT = 'canister-backup-state';
const VERSION = 1;

export interface State {
  readonly manager: string;
  readonly network: string;
  /** ISO 8601, as the manager's clock says. */
  readonly exported_at: string;
  /** As `export_state` gave them. */
  readonly items: readonly unknown[];
}

const schema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  manager: z.string(),
  network: z.string(),
  exported_at: z.string(),
  items: z.array(z.looseObject({ kind: z.enum(['manager', 'target', 'roles']) })),
  sha256: z.string(),
});

export function stateText({ manager, network, exported_at, items }: State): string {
  const content = { format: FORMAT, version: VERSION, manager, network, exported_at, items };
  const sha256 = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return `${JSON.stringify({ ...content, sha256 }, undefined, 1)}\n`;
}

/** A new file: an older state is not overwritten. What is there under that name is all of it, also after a power cut. */
export function writeState(path: string, state: State): void {
  if (existsSync(path)) throw exists(path);
  const half = join(dirname(path), `.${process.pid}-${Date.now()}.half`);
  try {
    const file = openSync(half, 'wx', 0o600);
    writeAll(file, Buffer.from(stateText(state)));
    fsyncSync(file);
    closeSync(file);
    linkSync(half, path);
    syncFolder(dirname(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(path);
    throw new Failure('usage', 'file_not_written', `${path} cannot be written: ${message}`);
  } finally {
    rmSync(half, { force: true });
  }
}

export function readStateFile(path: string): State {
  return readStateText(readText(path), path);
}

/** @param path for messages */
export function readStateText(text: string, path: string): State {
  const state = parse(text, path);
  if (stateText(state) !== text) {
    throw new Failure(
      'usage',
      'state_damaged',
      `${path} is not as it was written: its checksum does not fit. Use another copy of it; nothing was changed.`,
    );
  }
  const checked = readState(joinItems(state.items.map((item) => asciiJson(item))));
  if ('Err' in checked) throw new Failure('usage', 'invalid_state', `${path}: ${checked.Err.message}`);
  return state;
}

/** JSON as the manager takes it. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function parse(text: string, path: string): State {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notOne(path, 'it is not whole JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw notOne(path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function notOne(path: string, why: string): Failure {
  const message = `${path} holds no state that \`export\` of this version wrote (${why}). Nothing was changed.`;
  return new Failure('usage', 'invalid_state', message);
}

function exists(path: string): Failure {
  return new Failure(
    'usage',
    'file_exists',
    `${path} is there already, and is not overwritten. Name another with --out.`,
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new Failure('usage', 'file_not_found', `${path} cannot be read. \`export --out ${path}\` writes one.`);
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r');
  fsyncSync(opened);
  closeSync(opened);
}
