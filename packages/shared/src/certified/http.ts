/**
 * What the manager certifies, in one tree: the head of its history under `history`, and under `http_expr` that the
 * answers of `http_request` are not certified (HTTP gateway specification, response verification version 2). They change
 * from second to second; what a gateway checks is that the manager itself says so.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { ascii, digest, encodeTexts, encodeTree, fork, type HashTree, labeled, leaf, prune } from './hash-tree.ts';

/** "Nothing of the answer is certified", for a gateway. */
const SKIP_EXPRESSION = 'default_certification(ValidationArgs{no_certification:Empty{}})';

/** Every path below the root. */
const EVERY_PATH = ['http_expr', '<*>'] as const;

const SKIPPED: HashTree = labeled(
  EVERY_PATH[0],
  labeled(EVERY_PATH[1], labeled(sha256(ascii(SKIP_EXPRESSION)), leaf(new Uint8Array()))),
);

/** Hashing is dear in a canister, and this never changes. */
const SKIPPED_DIGEST = prune(SKIPPED);

function historyTree(head: Uint8Array): HashTree {
  return labeled('history', leaf(head));
}

/** The 32 bytes for `certified_data_set`. */
export function certifiedRoot(historyHead: Uint8Array): Uint8Array {
  return digest(fork(historyTree(historyHead), SKIPPED_DIGEST));
}

/** Proves the head of the history: a hash tree in CBOR, to be checked against the certified data in a certificate. */
export function historyWitness(historyHead: Uint8Array): Uint8Array {
  return encodeTree(fork(historyTree(historyHead), SKIPPED_DIGEST));
}

/** Headers with which a gateway accepts an answer that is not certified. */
export function skipHeaders(certificate: Uint8Array, historyHead: Uint8Array): [string, string][] {
  const tree = encodeTree(fork(prune(historyTree(historyHead)), SKIPPED));
  const fields = [
    `certificate=:${base64(certificate)}:`,
    `tree=:${base64(tree)}:`,
    `expr_path=:${base64(encodeTexts(EVERY_PATH))}:`,
    'version=2',
  ];
  return [
    ['IC-Certificate', fields.join(', ')],
    ['IC-CertificateExpression', SKIP_EXPRESSION],
  ];
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 with padding: a canister has no `btoa`. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const bits = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const digit = (shift: number): string => ALPHABET.charAt((bits >> shift) & 63);
    text += digit(18) + digit(12) + (left > 1 ? digit(6) : '=') + (left > 2 ? digit(0) : '=');
  }
  return text;
}
