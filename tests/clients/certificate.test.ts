/** A certificate of the network, as the agents check it. */
import fc from 'fast-check';
import type { HttpAgent } from 'icp-sdk-core-6/agent';
import type { Principal } from 'icp-sdk-core-6/principal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { counter } from '../e2e/pic-canister.ts';
import { ANONYMOUS, flipped, post, readStateContent } from './envelopes.ts';
import { type Network, startNetwork } from './network.ts';
import { connect, deploy, SDKS, verifyCertificate } from './sdks.ts';

/** Bytes of CBOR's tag, which only says that CBOR follows; agents do not look at it. */
const TAG_BYTES = 3;

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network.stop());

describe.each(SDKS)('$name', (sdk) => {
  let agent: HttpAgent;
  let id: Principal;
  let certificate: Uint8Array;
  beforeAll(async () => {
    agent = await connect(sdk, network.url);
    id = await deploy(sdk, agent, await counter());
    const path = [new TextEncoder().encode('canister'), id.toUint8Array(), new TextEncoder().encode('controllers')];
    const { body } = await post(network.url, `v3/canister/${id}/read_state`, {
      content: readStateContent(ANONYMOUS, [path]),
    });
    certificate = body.certificate as Uint8Array;
  });

  /** What an agent reads in a certificate. Its decoder passes over some of CBOR's framing: that says nothing else then. */
  const read = (bytes: Uint8Array): string => {
    const asText = (_: string, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
    return JSON.stringify(sdk.Cbor.decode(bytes), asText);
  };
  const verify = (bytes: Uint8Array) => verifyCertificate(sdk, { certificate: bytes, agent, canisterId: id });

  test('takes it as it is', async () => {
    await expect(verify(certificate)).resolves.toBeDefined();
  });

  test('refuses it with one bit flipped, wherever it reads something else for that', async () => {
    const bit = fc.integer({ min: TAG_BYTES * 8, max: certificate.length * 8 - 1 });
    const property = fc.asyncProperty(bit, (at) =>
      verify(flipped(certificate, at >> 3, at & 7)).then(
        () => read(flipped(certificate, at >> 3, at & 7)) === read(certificate),
        () => true,
      ),
    );
    await fc.assert(property, { numRuns: 100 });
  });
});
