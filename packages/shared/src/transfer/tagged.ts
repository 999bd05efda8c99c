/** Values with bigints and bytes as JSON: a bigint is `{ "$n": "12" }`, bytes are `{ "$x": "00ab" }`, both in one way only. */
import { bytesToHex, hexToBytes } from '../ids/bytes.ts';

/** The value as JSON can hold it. Fields that are undefined are left out. */
export function tag(value: unknown): unknown {
  if (typeof value === 'bigint') return { $n: String(value) };
  if (value instanceof Uint8Array) return { $x: bytesToHex(value) };
  if (Array.isArray(value)) return value.map(tag);
  if (typeof value !== 'object' || value === null) return value;
  const tagged: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) if (field !== undefined) tagged[name] = tag(field);
  return tagged;
}

/** The value of `tag`. What looks like a tag and is none stays as it is, for a schema to refuse. */
export function untag(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untag);
  if (typeof value !== 'object' || value === null) return value;
  const { $n, $x } = value as { $n?: unknown; $x?: unknown };
  if (typeof $n === 'string' && NATURAL.test($n)) return BigInt($n);
  const bytes = typeof $x === 'string' ? hexToBytes($x) : undefined;
  if (bytes !== undefined) return bytes;
  const untagged: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) untagged[name] = untag(field);
  return untagged;
}

/** So many digits hold every natural of the interface; a longer one would only cost. */
const NATURAL = /^(?:0|[1-9]\d{0,79})$/;
