/**
 * Hash trees of the Internet Computer, as far as a canister needs them to certify something of its own: built whole,
 * shown with parts pruned, digested, and encoded (interface specification, "Certificate" and "Encoding of certificates").
 */
import { sha256 } from '../crypto/sha256.ts';
import { ascii } from '../ids/bytes.ts';

export type HashTree =
  | { readonly kind: 'fork'; readonly left: HashTree; readonly right: HashTree }
  | { readonly kind: 'labeled'; readonly label: Uint8Array; readonly tree: HashTree }
  | { readonly kind: 'leaf'; readonly value: Uint8Array }
  | { readonly kind: 'pruned'; readonly digest: Uint8Array };

export function fork(left: HashTree, right: HashTree): HashTree {
  return { kind: 'fork', left, right };
}

/** Labels of one level have to be in the order of their bytes from left to right. */
export function labeled(label: string | Uint8Array, tree: HashTree): HashTree {
  return { kind: 'labeled', label: typeof label === 'string' ? ascii(label) : label, tree };
}

export function leaf(value: Uint8Array): HashTree {
  return { kind: 'leaf', value };
}

/** The same digest without what is in it. */
export function prune(tree: HashTree): HashTree {
  return { kind: 'pruned', digest: digest(tree) };
}

/** The root hash. */
export function digest(tree: HashTree): Uint8Array {
  switch (tree.kind) {
    case 'fork':
      return separated('ic-hashtree-fork', digest(tree.left), digest(tree.right));
    case 'labeled':
      return separated('ic-hashtree-labeled', tree.label, digest(tree.tree));
    case 'leaf':
      return separated('ic-hashtree-leaf', tree.value);
    case 'pruned':
      return tree.digest;
  }
}

/** CBOR of a tree, with the tag of self-described CBOR. */
export function encodeTree(tree: HashTree): Uint8Array {
  return join([SELF_DESCRIBED, encodeNode(tree)]);
}

/** CBOR of a list of texts, with the tag of self-described CBOR. */
export function encodeTexts(texts: readonly string[]): Uint8Array {
  return join([SELF_DESCRIBED, head(4, texts.length), ...texts.flatMap((text) => [head(3, text.length), ascii(text)])]);
}

const SELF_DESCRIBED = Uint8Array.of(0xd9, 0xd9, 0xf7);

function encodeNode(tree: HashTree): Uint8Array {
  switch (tree.kind) {
    case 'fork':
      return join([head(4, 3), head(0, 1), encodeNode(tree.left), encodeNode(tree.right)]);
    case 'labeled':
      return join([head(4, 3), head(0, 2), bytesOf(tree.label), encodeNode(tree.tree)]);
    case 'leaf':
      return join([head(4, 2), head(0, 3), bytesOf(tree.value)]);
    case 'pruned':
      return join([head(4, 2), head(0, 4), bytesOf(tree.digest)]);
  }
}

function bytesOf(bytes: Uint8Array): Uint8Array {
  return join([head(2, bytes.length), bytes]);
}

/** Major type and argument. Nothing in our trees is longer than 64 KiB. */
function head(major: number, value: number): Uint8Array {
  if (value < 24) return Uint8Array.of((major << 5) | value);
  if (value < 0x100) return Uint8Array.of((major << 5) | 24, value);
  if (value < 0x1_0000) return Uint8Array.of((major << 5) | 25, value >> 8, value & 0xff);
  throw new Error(`${value} is too long for this encoder`);
}

/** A hash in a domain of its own: the domain's length, the domain, the parts. */
function separated(domain: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(join([Uint8Array.of(domain.length), ascii(domain), ...parts]));
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
