/**
 * azle's TextDecoder brings tables for Big5, Shift JIS, GB 18030 and thirty more: 530 kB of JavaScript, evaluated into
 * 7 MiB of every canister's memory and thus of every snapshot. Candid, JSON and HTTP are UTF-8, so they are left out.
 */
import type { Plugin } from 'esbuild';

/** Decoding with one of them must fail, and not silently give wrong text: a table throws once it is looked into. */
const NO_TABLES = `
  const refuse = (encoding) => () => {
    throw new RangeError('the encoding ' + encoding + ' is not part of this canister: text is UTF-8 here');
  };
  const table = (encoding) => new Proxy([], { get: refuse(encoding) });
  module.exports = { 'encoding-indexes': new Proxy({}, { get: (_, encoding) => table(encoding) }) };
`;

export const withoutCodePages: Plugin = {
  name: 'without-code-pages',
  setup(build) {
    const tables = /[\\/]text-encoding[\\/]lib[\\/]encoding-indexes\.js$/;
    build.onLoad({ filter: tables }, () => ({ contents: NO_TABLES, loader: 'js' }));
  },
};
