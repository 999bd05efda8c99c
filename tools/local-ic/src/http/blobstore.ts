import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { BadRequest } from './answer.ts';

/**
 * Bytes of all blobs together that a server keeps: the largest one. The oldest make room for a new one, which PocketIC does
 * not do: a client uploads a blob for the very next request.
 */
const MAX_STORED_BYTES = 1024 ** 3;
/** Bytes that a compressed blob may unpack to. */
const MAX_UNPACKED_BYTES = 2 * 1024 ** 3;

const unpack = promisify(gunzip);

export interface StoredBlob {
  /** As it was uploaded. */
  readonly bytes: Uint8Array;
  readonly gzip: boolean;
}

/** Blobs by the SHA-256, in hex, of the bytes that were uploaded. */
export interface Blobstore {
  /** Gives the blob's id. Throws `BadRequest` for one that is larger than the store. */
  put(blob: StoredBlob): string;
  get(id: string): StoredBlob | null;
}

export function createBlobstore(maxBytes = MAX_STORED_BYTES): Blobstore {
  const blobs = new Map<string, StoredBlob>();
  let stored = 0;
  const forget = (id: string) => {
    stored -= blobs.get(id)?.bytes.length ?? 0;
    blobs.delete(id);
  };
  return {
    put(blob) {
      const id = createHash('sha256').update(blob.bytes).digest('hex');
      if (blob.bytes.length > maxBytes) throw new BadRequest(`A blob has at most ${maxBytes} bytes.`, 413);
      forget(id);
      for (const oldest of blobs.keys()) {
        if (stored + blob.bytes.length <= maxBytes) break;
        forget(oldest);
      }
      stored += blob.bytes.length;
      blobs.set(id, blob);
      return id;
    },
    get: (id) => blobs.get(id) ?? null,
  };
}

/** A blob's content. Throws `BadRequest` if it is not the gzip data it was uploaded as, or too large. */
export async function blobContent(blob: StoredBlob): Promise<Uint8Array> {
  if (!blob.gzip) return blob.bytes;
  try {
    return new Uint8Array(await unpack(blob.bytes, { maxOutputLength: MAX_UNPACKED_BYTES }));
  } catch (error) {
    throw new BadRequest(`The blob cannot be unpacked: ${error instanceof Error ? error.message : 'not gzip data'}.`);
  }
}
