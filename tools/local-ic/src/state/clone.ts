import { PagedMemory } from './pages.ts';

/**
 * A deep copy of plain data that shares what is immutable: byte arrays and memory images. Forking a subnet costs its
 * bookkeeping, never its memories.
 */
export function clonePlain<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array || value instanceof PagedMemory) return value;
  if (Array.isArray(value)) return value.map(copy);
  if (value instanceof Map) {
    const out = new Map<unknown, unknown>();
    for (const [key, entry] of value) out.set(key, copy(entry));
    return out;
  }
  if (value instanceof Set) return new Set(value);
  const out: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) out[key] = copy(entry);
  return out;
}
