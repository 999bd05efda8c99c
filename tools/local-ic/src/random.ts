import { sha256, utf8 } from './bytes.ts';

/**
 * Randomness from named streams: bytes that follow from the seed, what they are for, and when. There is no other source
 * in the engine.
 *
 * @param purpose a stream's name, for example `raw_rand`
 * @param position where in the stream, for example the round and a counter
 */
export function randomBytes(seed: Uint8Array, purpose: string, position: string): Uint8Array {
  return sha256(utf8('local-ic-random'), seed, sha256(utf8(purpose)), utf8(position));
}
