/**
 * A network's state on disk.
 *
 *   state.cbor   a whole state, as `save()` gave it; replaced whole or not at all
 *   rounds.log   a line that says what it is, then a record for each round since: length, check, bytes
 *
 * Must hold: a record is on the disk before anybody learns what its round did; a state is on the disk before the records
 * that it makes needless go. So a crash at any moment loses nothing that was told: at worst the last record is torn, and
 * then its round was told to nobody. Records that the state has seen already do no harm.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { concatBytes, equalBytes, sha256, utf8 } from '../bytes.ts';
import { LocalIcError } from '../errors.ts';

export interface StateStore {
  /** Null for a folder without a state. */
  readonly saved: Uint8Array | null;
  /** Records of the rounds after it, oldest first. */
  readonly records: readonly Uint8Array[];
  /** Bytes of records since the last state. */
  recordBytes(): number;
  /** Returns when the record is on the disk. */
  append(record: Uint8Array): void;
  /** Keeps a whole state, and forgets the records. */
  replace(state: Uint8Array): void;
  close(): void;
}

const HEAD = utf8('local-ic rounds, format 1\n');
const LENGTH_BYTES = 4;
const CHECK_BYTES = 8;

const statePath = (folder: string) => join(folder, 'state.cbor');
const recordsPath = (folder: string) => join(folder, 'rounds.log');

export function removeState(folder: string): void {
  for (const path of [recordsPath(folder), statePath(folder)]) rmSync(path, { force: true });
}

/** Throws `unknown_state_version` for records that another version wrote. */
export function openStateStore(folder: string): StateStore {
  const path = recordsPath(folder);
  const saved = existsSync(statePath(folder)) ? new Uint8Array(readFileSync(statePath(folder))) : null;
  const found = existsSync(path) ? readRecords(path) : { records: [], end: 0 };
  let file = openRecords(path, found.end);
  let size = Math.max(found.end, HEAD.length);
  return {
    saved,
    records: found.records,
    recordBytes: () => size - HEAD.length,
    append(record) {
      const head = new Uint8Array(LENGTH_BYTES);
      new DataView(head.buffer).setUint32(0, record.length);
      const bytes = concatBytes(head, checkOf(record), record);
      writeAll(file, bytes, size);
      fsyncSync(file);
      size += bytes.length;
    },
    replace(state) {
      writeWhole(statePath(folder), state);
      syncFolder(folder);
      closeSync(file);
      file = openRecords(path, 0);
      size = HEAD.length;
    },
    close: () => closeSync(file),
  };
}

/** All records up to the first that is not whole, and where that one begins. */
function readRecords(path: string): { readonly records: Uint8Array[]; readonly end: number } {
  const bytes = new Uint8Array(readFileSync(path));
  const head = bytes.subarray(0, HEAD.length);
  // The file was made, and then nothing more.
  if (head.length < HEAD.length && equalBytes(head, HEAD.subarray(0, head.length))) return { records: [], end: 0 };
  if (!equalBytes(head, HEAD)) {
    throw new LocalIcError('unknown_state_version', `${path} is not a list of rounds that this version can read.`);
  }
  const records: Uint8Array[] = [];
  const view = new DataView(bytes.buffer);
  let at = HEAD.length;
  while (at + LENGTH_BYTES + CHECK_BYTES <= bytes.length) {
    const start = at + LENGTH_BYTES + CHECK_BYTES;
    const record = bytes.subarray(start, start + view.getUint32(at));
    if (record.length < view.getUint32(at)) break;
    if (!equalBytes(bytes.subarray(at + LENGTH_BYTES, start), checkOf(record))) break;
    records.push(record);
    at = start + record.length;
  }
  return { records, end: at };
}

/** Opens the file to be written from `end` on; what is behind that is cut off. */
function openRecords(path: string, end: number): number {
  const file = openSync(path, existsSync(path) ? 'r+' : 'w+');
  ftruncateSync(file, end);
  if (end < HEAD.length) writeAll(file, HEAD, 0);
  fsyncSync(file);
  return file;
}

function checkOf(record: Uint8Array): Uint8Array {
  return sha256(record).subarray(0, CHECK_BYTES);
}

function writeWhole(path: string, bytes: Uint8Array): void {
  const draft = `${path}.new`;
  const file = openSync(draft, 'w');
  try {
    writeAll(file, bytes, 0);
    fsyncSync(file);
  } catch (error) {
    // Half a state would keep a full disk full.
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, position + at);
}

/** Makes new names last; not every system lets a folder be opened. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
