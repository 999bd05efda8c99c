/** Each scheme that an agent can sign with, as a user's own key, as one that delegates, and as one that was delegated to. */
import { encode, Tag } from 'cbor2';
import { describe, expect, test } from 'vitest';
import { compareBytes, concatBytes, sha256, utf8 } from '../../src/bytes.ts';
import { treeValue } from '../../src/certification/encoding.ts';
import { type HashTree, leaf, rootHash } from '../../src/certification/hash-tree.ts';
import { certificate, domainSeparator } from '../../src/certification/index.ts';
import { labels } from '../../src/certification/labels.ts';
import { writeDerKey } from '../../src/crypto/der.ts';
import { selfAuthenticating } from '../../src/crypto/index.ts';
import { type Hashable, hashOfMap } from '../../src/ingress/request-id.ts';
import { createLocalIc } from '../../src/local-ic.ts';
import { canisterIdFromNumber, type PrincipalText, principalToBytes } from '../../src/principal.ts';
import { signAsSubnet } from '../../src/state/subnet-keys.ts';
import type { SubnetConfig } from '../../src/state/types.ts';
import { ecdsaSigner, ed25519Signer, type Signer, webAuthnSigner } from '../crypto/keys.ts';

const ic = createLocalIc();
const target = ic.defaultEffectiveCanisterId();
const other = canisterIdFromNumber(99n);
const MINUTE = 60_000_000_000n;

const SCHEMES: readonly [string, () => Signer][] = [
  ['Ed25519', ed25519Signer],
  ['ECDSA on P-256', () => ecdsaSigner('P-256')],
  ['ECDSA on secp256k1', () => ecdsaSigner('secp256k1')],
  ['WebAuthn with ECDSA', () => webAuthnSigner('P-256')],
  ['WebAuthn with Ed25519', () => webAuthnSigner('Ed25519')],
  ['WebAuthn with RSA', () => webAuthnSigner('RSA')],
  ['a canister signature', canisterSigner],
];

/** A canister that certifies what it signs, with the network's own certificate over it. */
function canisterSigner(): Signer {
  const id = principalToBytes(canisterIdFromNumber(7n));
  const seed = utf8('seed');
  const tree = (entries: Readonly<Record<string, HashTree>>) =>
    labels(Object.entries(entries).map(([name, value]) => [utf8(name), value]));
  const level = (entries: readonly (readonly [Uint8Array, HashTree])[]) =>
    labels([...entries].sort(([a], [b]) => compareBytes(a, b)));
  const key = concatBytes(Uint8Array.of(id.length), id, seed);
  return {
    publicKey: writeDerKey({ algorithm: '060a2b0601040183b8430102', key }),
    sign(message) {
      const signed = tree({ sig: level([[sha256(seed), level([[sha256(message), leaf(new Uint8Array(0))]])]]) });
      const canister = level([[id, tree({ certified_data: leaf(rootHash(signed)) })]]);
      const bytes = certificate({
        tree: tree({ time: leaf(Uint8Array.of(1)), canister }),
        paths: [[utf8('canister'), id, utf8('certified_data')]],
        sign: (text) => signAsSubnet({ seed: ic.seed() } as SubnetConfig, text),
      });
      return encode(new Tag(55_799, { certificate: bytes, tree: treeValue(signed) }));
    },
  };
}

interface Delegated {
  readonly to: Signer;
  readonly targets?: readonly PrincipalText[];
  /** Who signs the delegation instead of the user. */
  readonly by?: Signer;
}

/** A call from the holder of a key, or of one that the holder delegated to; `changed` is put in after signing. */
function envelopeOf(user: Signer, delegated?: Delegated, changed: Readonly<Record<string, unknown>> = {}): Uint8Array {
  const content = {
    request_type: 'call',
    canister_id: principalToBytes(target),
    method_name: 'm',
    arg: utf8('DIDL'),
    sender: principalToBytes(selfAuthenticating(user.publicKey)),
    ingress_expiry: ic.time() + MINUTE,
  };
  const signer = delegated?.to ?? user;
  const delegations = delegated === undefined ? {} : { sender_delegation: [delegationOf(user, delegated)] };
  return encode({
    content: { ...content, ...changed },
    sender_pubkey: user.publicKey,
    sender_sig: signer.sign(concatBytes(domainSeparator('ic-request'), hashOfMap(content))),
    ...delegations,
  });
}

function delegationOf(user: Signer, { to, targets, by = user }: Delegated) {
  const delegation: Readonly<Record<string, Hashable>> = {
    pubkey: to.publicKey,
    expiration: ic.time() + MINUTE,
    ...(targets === undefined ? {} : { targets: targets.map(principalToBytes) }),
  };
  const message = concatBytes(domainSeparator('ic-request-auth-delegation'), hashOfMap(delegation));
  return { delegation, signature: by.sign(message) };
}

/** Null if the call came through to where its canister is looked for; the reason of a refusal. */
function refusal(body: Uint8Array): string | null {
  const answer = ic.api.call({ kind: 'canister', id: target }, body);
  if (answer.ok) {
    expect(answer.value).toMatchObject({ kind: 'refused', reject: { errorCode: 'IC0301' } });
    return null;
  }
  expect(answer.refusal.status).toBe(400);
  return answer.refusal.message;
}

describe.each(SCHEMES)('%s', (_name, makeSigner) => {
  const user = makeSigner();
  const session = ed25519Signer();

  test('speaks for its own principal, and for what it signed only', () => {
    expect(refusal(envelopeOf(user))).toBeNull();
    expect(refusal(envelopeOf(user, undefined, { method_name: 'n' }))).toMatch(/signature of the request/);
    const sender = principalToBytes(selfAuthenticating(session.publicKey));
    expect(refusal(envelopeOf(user, undefined, { sender }))).toMatch(/not the principal of sender_pubkey/);
  });

  test('delegates, to the canisters that it names', () => {
    expect(refusal(envelopeOf(user, { to: session }))).toBeNull();
    expect(refusal(envelopeOf(user, { to: session, targets: [other, target] }))).toBeNull();
    expect(refusal(envelopeOf(user, { to: session, targets: [other] }))).toMatch(/delegation targets/);
  });

  test('is delegated to, by whom it should be', () => {
    const owner = ed25519Signer();
    expect(refusal(envelopeOf(owner, { to: user }))).toBeNull();
    expect(refusal(envelopeOf(owner, { to: user, by: session }))).toMatch(/signature of a delegation/);
  });
});
