import { bytesToHex, concatBytes } from '../bytes.ts';
import { canisterSignatureVerify, domainSeparator } from '../certification/index.ts';
import { readPublicKey, selfAuthenticating, verifySignature } from '../crypto/index.ts';
import { INGRESS_DRIFT_NANOS, MAX_DELEGATIONS, MAX_INGRESS_TTL_NANOS } from '../limits.ts';
import { ANONYMOUS, type PrincipalText } from '../principal.ts';
import type { Envelope, SignedDelegation } from './envelope.ts';
import { type Checked, passed, refused } from './refusal.ts';

const REQUEST = domainSeparator('ic-request');
const DELEGATION = domainSeparator('ic-request-auth-delegation');

/** Who sent a request, and how far whoever held the key may act for them. */
export interface Authenticated {
  readonly sender: PrincipalText;
  /** Canisters that the request may be for; null: any. */
  readonly targets: ReadonlySet<PrincipalText> | null;
}

export interface AuthenticateOptions {
  /** Nanoseconds since 1970. */
  readonly now: bigint;
  /** DER; canister signatures are certified under it. */
  readonly rootKey: Uint8Array;
}

/**
 * Whether a request is in time and from whom it says (interface specification, "Authentication"): the sender is the
 * principal of its key, the key or one that it delegated to signed the request's id.
 */
export function authenticate(envelope: Envelope, options: AuthenticateOptions): Checked<Authenticated> {
  const late = expiryProblem(envelope, options.now);
  if (late !== null) return refused(late);
  const { content, senderPublicKey, senderSignature } = envelope;
  const delegations = envelope.delegations ?? [];
  if (content.sender === ANONYMOUS) {
    const bare = senderPublicKey === undefined && senderSignature === undefined && delegations.length === 0;
    if (bare) return passed({ sender: ANONYMOUS, targets: null });
    return refused('An anonymous request must not carry sender_pubkey, sender_sig or sender_delegation.');
  }
  if (senderPublicKey === undefined || senderSignature === undefined) {
    return refused(`A request from ${content.sender} needs sender_pubkey and sender_sig.`);
  }
  if (selfAuthenticating(senderPublicKey) !== content.sender) {
    return refused(`The sender ${content.sender} is not the principal of sender_pubkey.`);
  }
  const problem =
    chainProblem(delegations, senderPublicKey, options) ??
    permissionProblem(envelope, delegations) ??
    signatureProblem(delegations.at(-1)?.publicKey ?? senderPublicKey, senderSignature, {
      message: concatBytes(REQUEST, envelope.requestId),
      rootKey: options.rootKey,
      of: 'the request',
    });
  if (problem !== null) return refused(problem);
  return passed({ sender: content.sender, targets: commonTargets(delegations) });
}

function expiryProblem({ content }: Envelope, now: bigint): string | null {
  if (content.type !== 'call' && content.sender === ANONYMOUS) return null;
  const latest = now + MAX_INGRESS_TTL_NANOS + INGRESS_DRIFT_NANOS;
  if (content.expiry >= now && content.expiry <= latest) return null;
  // Clients look for these words and then set their clock.
  return (
    'Invalid request expiry: Specified ingress_expiry not within expected range: ' +
    `the time is ${now}, ingress_expiry is ${content.expiry}, the latest allowed is ${latest} (nanoseconds since 1970).`
  );
}

function chainProblem(
  delegations: readonly SignedDelegation[],
  first: Uint8Array,
  { now, rootKey }: AuthenticateOptions,
): string | null {
  if (delegations.length > MAX_DELEGATIONS) {
    return `The chain has ${delegations.length} delegations; at most ${MAX_DELEGATIONS} are allowed.`;
  }
  const seen = new Set([bytesToHex(first)]);
  let key = first;
  for (const { publicKey, expiration, hash, signature } of delegations) {
    const name = bytesToHex(publicKey);
    if (seen.has(name)) return `A key occurs twice in the chain of delegations: ${name}.`;
    seen.add(name);
    if (expiration < now) return `A delegation has expired: at ${expiration}, and the time is ${now}.`;
    const problem = signatureProblem(key, signature, {
      message: concatBytes(DELEGATION, hash),
      rootKey,
      of: 'a delegation',
    });
    if (problem !== null) return problem;
    key = publicKey;
  }
  return null;
}

function permissionProblem({ content }: Envelope, delegations: readonly SignedDelegation[]): string | null {
  if (content.type === 'read_state') return null;
  if (content.type === 'call' && delegations.some(({ permissions }) => permissions === 'queries')) {
    return 'A delegation of this request is for queries only.';
  }
  const targets = commonTargets(delegations);
  if (targets === null || targets.has(content.canisterId)) return null;
  return `Canister ${content.canisterId} is not one of the delegation targets.`;
}

/** The canisters that every delegation with targets names. */
function commonTargets(delegations: readonly SignedDelegation[]): ReadonlySet<PrincipalText> | null {
  const [first, ...others] = delegations.flatMap(({ targets }) => (targets === undefined ? [] : [new Set(targets)]));
  if (first === undefined) return null;
  return new Set([...first].filter((target) => others.every((targets) => targets.has(target))));
}

function signatureProblem(
  publicKey: Uint8Array,
  signature: Uint8Array,
  { message, rootKey, of }: { readonly message: Uint8Array; readonly rootKey: Uint8Array; readonly of: string },
): string | null {
  const key = readPublicKey(publicKey);
  if (key === null) return `The public key ${bytesToHex(publicKey)} is of no scheme that the Internet Computer knows.`;
  const valid =
    key.kind === 'canister'
      ? canisterSignatureVerify({ ...key, signature, message, rootKey })
      : verifySignature(key, signature, message);
  return valid ? null : `Invalid signature: the signature of ${of} is not one by its key (${key.kind}).`;
}
