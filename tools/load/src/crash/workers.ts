/** Clients that count, and remember what they were told. */
import { Cbor, Certificate, lookup_path, lookupResultToBuffer } from 'icp-sdk-core-6/agent';
import { Principal } from 'icp-sdk-core-6/principal';
import { countIn, NO_ARGUMENTS } from '../counter.ts';
import { anonymousEnvelope, callContent, idOf, readStateContent } from '../envelopes.ts';
import { createClient, type HttpClient } from '../http.ts';

/** What became of the calls since the last crash. */
export interface Tally {
  sent: number;
  /** Calls of which a certificate has told that they were replied to. */
  acknowledged: number;
  /** The last of them, as far as its status is still kept. */
  readonly lastIds: Uint8Array[];
}

/** Ids that are looked up after each crash. */
const LAST_IDS = 4;
/** Calls in two ways: answered with their certificate, or asked for again and again. */
export type Manner = 'waiting' | 'polling';

const CBOR = { 'content-type': 'application/cbor' };
const text = (value: string) => new TextEncoder().encode(value);

export interface Worker {
  readonly url: string;
  readonly canister: Principal;
  readonly manner: Manner;
  /** Makes its calls others than those of all other workers. */
  readonly name: string;
}

/** Adds one again and again until the server does not answer any more. Gives what was answered wrongly. */
export async function addUntilItEnds({ url, canister, manner, name }: Worker, tally: Tally): Promise<string[]> {
  const client = createClient(url);
  const version = manner === 'waiting' ? 4 : 2;
  try {
    for (let call = 0; ; call += 1) {
      const nonce = text(`${name} ${call}`);
      const content = callContent({ type: 'call', canister, method: 'add', arg: NO_ARGUMENTS, nonce });
      const id = idOf(content, Principal.anonymous());
      tally.sent += 1;
      const path = `/api/v${version}/canister/${canister}/call`;
      const { status, body } = await client.send({
        method: 'POST',
        path,
        headers: CBOR,
        body: anonymousEnvelope(content),
      });
      if (status === 0 || status >= 500) return [];
      const told =
        status === 200
          ? Cbor.decode<{ status?: string }>(new Uint8Array(body)).status
          : await poll(client, canister, id);
      if (told === null) return [];
      if (told !== 'replied') return [`a call was answered ${status} ${told}: ${Buffer.from(body).toString('hex')}`];
      tally.acknowledged += 1;
      tally.lastIds.push(id);
      if (tally.lastIds.length > LAST_IDS) tally.lastIds.shift();
    }
  } finally {
    client.close();
  }
}

/** The final status of a call; null if the server ends before. */
async function poll(client: HttpClient, canister: Principal, id: Uint8Array): Promise<string | null> {
  for (;;) {
    const certificate = await readStatus(client, canister, id);
    if (certificate === null) return null;
    const status = statusIn(Cbor.decode<{ tree: never }>(certificate).tree, id);
    if (status !== null && status !== 'received' && status !== 'processing') return status;
  }
}

async function readStatus(client: HttpClient, canister: Principal, id: Uint8Array): Promise<Uint8Array | null> {
  const body = anonymousEnvelope(readStateContent([[text('request_status'), id]]));
  const path = `/api/v3/canister/${canister}/read_state`;
  const answer = await client.send({ method: 'POST', path, headers: CBOR, body });
  if (answer.status !== 200) return null;
  return new Uint8Array(Cbor.decode<{ certificate: Uint8Array }>(new Uint8Array(answer.body)).certificate);
}

const statusPath = (id: Uint8Array) => [text('request_status'), id, text('status')];

function statusIn(tree: Parameters<typeof lookup_path>[1], id: Uint8Array): string | null {
  const found = lookupResultToBuffer(lookup_path(statusPath(id), tree));
  return found === undefined ? null : new TextDecoder().decode(found);
}

/** The status of a call as a certificate says it that was verified under the network's key; null if it says none. */
export async function certifiedStatus(
  client: HttpClient,
  { canister, rootKey, id }: { readonly canister: Principal; readonly rootKey: Uint8Array; readonly id: Uint8Array },
): Promise<string | null> {
  const bytes = await readStatus(client, canister, id);
  if (bytes === null) return null;
  const certificate = await Certificate.create({ certificate: bytes, rootKey, principal: { canisterId: canister } });
  const found = lookupResultToBuffer(certificate.lookup_path(statusPath(id)));
  return found === undefined ? null : new TextDecoder().decode(found);
}

/** What the counter stands at; null if it does not say. */
export async function countOf(client: HttpClient, canister: Principal): Promise<number | null> {
  const content = callContent({ type: 'query', canister, method: 'get', arg: NO_ARGUMENTS });
  const path = `/api/v3/canister/${canister}/query`;
  const { status, body } = await client.send({ method: 'POST', path, headers: CBOR, body: anonymousEnvelope(content) });
  const reply = status === 200 ? Cbor.decode<{ reply?: { arg: Uint8Array } }>(new Uint8Array(body)).reply : undefined;
  return reply === undefined ? null : countIn(reply.arg);
}
