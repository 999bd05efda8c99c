import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { BadRequest } from './answer.ts';

/** Bytes of all blobs together that a server keeps; nothing removes a blob, as in PocketIC. */
const MAX_STORED_BYTES = 4 * 1024 ** 3;
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
  /** Gives the blob's id. Throws `BadRequest` when the store is full. */
  put(blob: StoredBlob): string;
  get(id: string): StoredBlob | null;
}

export function createBlobstore(maxBytes = MAX_STORED_BYTES): Blobstore {
  const blobs = new Map<string, StoredBlob>();
  let stored = 0;
  return {
    put(blob) {
      const id = createHash('sha256').update(blob.bytes).digest('hex');
      if (blobs.has(id)) return id;
      if (stored + blob.bytes.length > maxBytes) {
        throw new BadRequest(`The blob store would hold more than ${maxBytes} bytes; start a new server.`);
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
