/** A way to a network on which one bit of one part of its answers changes. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Cbor } from 'icp-sdk-core-6/agent';
import { flipped } from './envelopes.ts';

export interface Flipping {
  readonly url: string;
  close(): Promise<void>;
}

interface Signed {
  readonly certificate?: Uint8Array;
  readonly signatures?: readonly { readonly signature: Uint8Array }[];
}

/** By what is changed, the end of the addresses whose answers have it. */
const CHANGED = { nothing: '/nothing', certificate: '/call', signature: '/query' } as const;

export interface Change {
  readonly part: keyof typeof CHANGED;
  /** From 0, its first byte, to 1. */
  readonly where?: number;
}

/** Passes everything on, and changes the certificates of calls or the signatures of query replies. */
export async function startFlipping(to: string, { part, where = 0 }: Change): Promise<Flipping> {
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const init = { method: request.method as string, headers: { 'content-type': 'application/cbor' } };
    const answer = await fetch(`${to}${request.url}`, body.length > 0 ? { ...init, body } : init);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') as string });
    response.end(request.url?.endsWith(CHANGED[part]) ? changed(bytes, where) : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** One bit of what the answer is proved with. */
function changed(bytes: Uint8Array, where: number): Uint8Array {
  const { certificate, signatures } = Cbor.decode<Signed>(bytes);
  const proof = certificate ?? signatures?.[0]?.signature;
  if (proof === undefined) throw new Error('there is nothing to change in this answer');
  const at = Buffer.from(bytes).indexOf(Buffer.from(proof));
  const byte = Math.floor(proof.length * where);
  return flipped(bytes, at + byte, byte % 8);
}
