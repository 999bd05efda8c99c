import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { withoutCodePages } from '../src/code-pages.ts';
import { AZLE } from './package-copy.ts';

/** The library whose decoder azle gives to canisters, bundled as a canister's is. */
async function decoder(): Promise<typeof TextDecoder> {
  const entry = createRequire(join(realpathSync(AZLE), 'package.json')).resolve('@sinonjs/text-encoding');
  const bundle = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'cjs',
    write: false,
    plugins: [withoutCodePages],
  });
  expect(bundle.outputFiles[0]!.text.length).toBeLessThan(150_000);
  const module = { exports: {} as { TextDecoder: typeof TextDecoder } };
  new Function('module', bundle.outputFiles[0]!.text)(module);
  return module.exports.TextDecoder;
}

test('UTF-8 and UTF-16 are decoded as before; a legacy encoding is refused, not guessed', async () => {
  const Decoder = await decoder();
  expect(new Decoder().decode(new TextEncoder().encode('zażółć 🙂'))).toBe('zażółć 🙂');
  expect(new Decoder('utf-16le').decode(Uint8Array.of(0x3d, 0xd8, 0x42, 0xde))).toBe('🙂');
  expect(() => new Decoder('big5').decode(Uint8Array.of(0xa4, 0xa4))).toThrow(/big5 is not part of this canister/);
  expect(() => new Decoder('windows-1252').decode(Uint8Array.of(0xe9))).toThrow(/windows-1252 is not part/);
});
