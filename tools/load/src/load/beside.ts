/** One agent's updates, each beside what cryptography alone takes: no update can be faster for its client. */
import { Actor, Cbor, Certificate, type HttpAgent, requestIdOf } from 'icp-sdk-core-6/agent';
import { Ed25519KeyIdentity } from 'icp-sdk-core-6/identity';
import { Principal } from 'icp-sdk-core-6/principal';
import { counterService, NO_ARGUMENTS } from '../counter.ts';
import { connect } from '../deploy.ts';
import { anonymousEnvelope, callContent } from '../envelopes.ts';
import { createClient } from '../http.ts';
import { percentile } from './measure.ts';

export interface Beside {
  readonly pairs: number;
  /** Milliseconds, medians: the update, and alone a signature of a request and the check of a certificate. */
  readonly updateMs: number;
  readonly signMs: number;
  readonly verifyMs: number;
  /** The median of each update to the signature and the check right after it; the aim is less than 2. */
  readonly ratio: number;
}

const WARM_UP = 5;

export async function measureBeside(url: string, canister: Principal, milliseconds: number): Promise<Beside> {
  const identity = Ed25519KeyIdentity.generate();
  const agent = await connect(url, { identity });
  const actor = Actor.createActor<{ add(): Promise<void> }>(counterService, { agent, canisterId: canister });
  const content = callContent({
    type: 'call',
    canister,
    method: 'add',
    arg: NO_ARGUMENTS,
    nonce: Buffer.from('alone'),
  });
  const proof = await certificateOf(url, canister, content);
  const rootKey = rootKeyOf(agent);
  const pairs: (readonly [update: number, sign: number, verify: number])[] = [];
  const end = performance.now() + milliseconds;
  for (let count = 0; performance.now() < end || pairs.length === 0; count += 1) {
    const update = await time(() => actor.add());
    const sign = await time(() => identity.sign(requestIdOf({ ...content, sender: Principal.anonymous() })));
    const verify = await time(() =>
      Certificate.create({ certificate: proof, rootKey, principal: { canisterId: canister } }),
    );
    if (count >= WARM_UP) pairs.push([update, sign, verify]);
  }
  return {
    pairs: pairs.length,
    updateMs: median(pairs.map(([update]) => update)),
    signMs: median(pairs.map(([, sign]) => sign)),
    verifyMs: median(pairs.map(([, , verify]) => verify)),
    ratio: median(pairs.map(([update, sign, verify]) => update / (sign + verify))),
  };
}

async function certificateOf(
  url: string,
  canister: Principal,
  content: Readonly<Record<string, unknown>>,
): Promise<Uint8Array> {
  const client = createClient(url);
  const path = `/api/v4/canister/${canister}/call`;
  const headers = { 'content-type': 'application/cbor' };
  const { body } = await client.send({ method: 'POST', path, headers, body: anonymousEnvelope(content) });
  client.close();
  return new Uint8Array(Cbor.decode<{ certificate: Uint8Array }>(new Uint8Array(body)).certificate);
}

function rootKeyOf({ rootKey }: HttpAgent): Uint8Array {
  if (rootKey === null) throw new Error('the agent has fetched no root key');
  return rootKey;
}

async function time(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}
