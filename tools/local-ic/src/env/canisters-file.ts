import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LocalIcError } from '../errors.ts';
import { principal } from '../principal.ts';
import type { InitialCanister } from '../types.ts';

/** A canister in such a file. */
interface Entry {
  readonly id: string;
  /** Path of its module, seen from the file. */
  readonly wasm: string;
  readonly argument: InitialCanister['argument'];
  /** Decimal digits. */
  readonly cycles: string;
  readonly controllers: readonly string[];
}

/**
 * Reads a JSON file that lists canisters which a network has from the beginning (`tools/system-canisters` makes one).
 * Throws `bad_canisters_file` with what is wrong in it.
 */
export function readCanistersFile(path: string): InitialCanister[] {
  try {
    const entries = parse(readFileSync(path, 'utf8'));
    if (!Array.isArray(entries)) throw new Error('it is not a list.');
    return entries.map((entry) => readEntry(entry, dirname(path)));
  } catch (error) {
    const reason = reasonOf(error);
    throw new LocalIcError('bad_canisters_file', `The list of canisters ${path} cannot be used: ${reason}`, { path });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = (error as Error).message.replaceAll('\n', ' ');
    const at = /at position (\d+)/.exec(message)?.[1];
    if (at === undefined) throw new Error(`it is no JSON: ${message}`);
    const before = text.slice(0, Number(at)).split('\n');
    throw new Error(`line ${before.length}, column ${(before.at(-1) ?? '').length + 1} is no JSON: ${message}`);
  }
}

function reasonOf(error: unknown): string {
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `there is no file ${path}.`;
  return message ?? String(error);
}

function readEntry(entry: unknown, folder: string): InitialCanister {
  if (!isEntry(entry)) {
    throw new Error(
      `${JSON.stringify(entry)} is not {id, wasm, argument: "none" or "subnet_id", cycles: "digits", controllers: [ids]}.`,
    );
  }
  return {
    id: principal(entry.id),
    wasm: new Uint8Array(readFileSync(resolve(folder, entry.wasm))),
    argument: entry.argument,
    cycles: BigInt(entry.cycles),
    controllers: entry.controllers.map(principal),
  };
}

function isEntry(entry: unknown): entry is Entry {
  const { id, wasm, argument, cycles, controllers } = Object(entry);
  const texts = [id, wasm, cycles].every((text) => typeof text === 'string');
  const known = argument === 'none' || argument === 'subnet_id';
  return texts && known && /^\d+$/.test(cycles) && Array.isArray(controllers) && controllers.every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
