/**
 * A canister's JavaScript is interpreted by QuickJS, where a call costs hundreds of instructions. Functions of libraries
 * that are called for every label and type of every Candid message, or for every text, get a short way here: the hash of
 * a label and the name of a type are made once, and text in ASCII needs no encoder. What they answer is the same.
 */
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

interface Change {
  /** End of the file's path. */
  readonly file: RegExp;
  readonly change: (source: string) => string;
}

/** Labels of the canister's own types only: `_123_` comes from whoever sends a message, and is none to remember. */
const REMEMBERED_HASHES = `
const hashes = new Map();
export function idlLabelToId(label) {
  if (label.startsWith('_')) return hashOfLabel(label);
  let hash = hashes.get(label);
  if (hash === undefined) hashes.set(label, (hash = hashOfLabel(label)));
  return hash;
}
`;

/** The name of a type is made of the names of all types in it, and asked for wherever the type is used. */
const REMEMBERED_NAMES = `
for (const { prototype } of [VecClass, OptClass, RecordClass, VariantClass]) {
  const { get } = Object.getOwnPropertyDescriptor(prototype, 'name');
  Object.defineProperty(prototype, 'name', {
    configurable: true,
    get() {
      const value = get.call(this);
      Object.defineProperty(this, 'name', { value });
      return value;
    },
  });
}
`;

const ASCII_FIRST = `
const { encode } = encoding.TextEncoder.prototype;
encoding.TextEncoder.prototype.encode = function (text, options) {
  if (typeof text !== 'string' || options !== undefined) return encode.call(this, text, options);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 127) return encode.call(this, text, options);
    bytes[i] = code;
  }
  return bytes;
};
const { decode } = encoding.TextDecoder.prototype;
encoding.TextDecoder.prototype.decode = function (bytes, options) {
  const plain = bytes instanceof Uint8Array && options === undefined && this.encoding === 'utf-8' && !this._do_not_flush;
  if (!plain) return decode.call(this, bytes, options);
  for (const byte of bytes) if (byte > 127) return decode.call(this, bytes, options);
  let text = '';
  for (let at = 0; at < bytes.length; at += 1024) {
    text += String.fromCharCode.apply(undefined, bytes.subarray(at, at + 1024));
  }
  return text;
};
`;

const CHANGES: readonly Change[] = [
  {
    file: /[\\/]@dfinity[\\/]candid[\\/]lib[\\/]esm[\\/]utils[\\/]hash\.js$/,
    change: (source) =>
      `${source.replace('export function idlLabelToId(', 'function hashOfLabel(')}${REMEMBERED_HASHES}`,
  },
  {
    file: /[\\/]@dfinity[\\/]candid[\\/]lib[\\/]esm[\\/]idl\.js$/,
    change: (source) => `${source}${REMEMBERED_NAMES}`,
  },
  {
    file: /[\\/]@sinonjs[\\/]text-encoding[\\/]index\.js$/,
    change: (source) => `${source}${ASCII_FIRST}`,
  },
];

export const forAnInterpreter: Plugin = {
  name: 'for-an-interpreter',
  setup(build) {
    for (const { file, change } of CHANGES) {
      build.onLoad({ filter: file }, async ({ path }) => {
        return { contents: change(await readFile(path, 'utf8')), loader: 'js' };
      });
    }
  },
};
