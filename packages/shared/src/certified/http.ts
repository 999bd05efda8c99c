/**
 * What the manager certifies, in one tree: the head of its history under `history`, and under `http_expr` that the
 * answers of `http_request` are not certified (HTTP gateway specification, response verification version 2). They change
 * from second to second; what a gateway checks is that the manager itself says so.
 */
import { sha256 } from '../crypto/sha256.ts';
import { ascii } from '../ids/bytes.ts';
import { digest, encodeTexts, encodeTree, fork, type HashTree, labeled, leaf, prune } from './hash-tree.ts';

/** "Nothing of the answer is certified", for a gateway. */
const SKIP_EXPRESSION = 'default_certification(ValidationArgs{no_certification:Empty{}})';

/** Every path below the root. */
const EVERY_PATH = ['http_expr', '<*>'] as const;

/** Made when it is first asked for, and its digest only once: it is always the same, and a hash takes QuickJS long. */
function skipped(): { readonly tree: HashTree; readonly digest: HashTree } {
  made ??= makeSkipped();
  return made;
}

let made: { readonly tree: HashTree; readonly digest: HashTree } | undefined;

function makeSkipped() {
  const expression = labeled(sha256(ascii(SKIP_EXPRESSION)), leaf(new Uint8Array()));
  const tree = labeled(EVERY_PATH[0], labeled(EVERY_PATH[1], expression));
  return { tree, digest: prune(tree) };
}

function historyTree(head: Uint8Array): HashTree {
  return labeled('history', leaf(head));
}

/** The 32 bytes for `certified_data_set`. */
export function certifiedRoot(historyHead: Uint8Array): Uint8Array {
  return digest(fork(historyTree(historyHead), skipped().digest));
}

/** Proves the head of the history: a hash tree in CBOR, to be checked against the certified data in a certificate. */
export function historyWitness(historyHead: Uint8Array): Uint8Array {
  return encodeTree(fork(historyTree(historyHead), skipped().digest));
}

/** Headers with which a gateway accepts an answer that is not certified. */
export function skipHeaders(certificate: Uint8Array, historyHead: Uint8Array): [string, string][] {
  const tree = encodeTree(fork(prune(historyTree(historyHead)), skipped().tree));
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
