/**
 * Compiles the canisters in `src/`, and writes to `dist/` their modules and `canisters.json`: the list from which a network
 * makes them at its start (its format: `tools/local-ic/src/env/canisters-file.ts`).
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** By source, each at its id on mainnet, with nobody in control of it. */
const CANISTERS = {
  IcpLedger: { id: 'ryjl3-tyaaa-aaaaa-aaaba-cai', cycles: 10n ** 15n },
  // What its accounts may take out, and something to live on.
  CyclesLedger: { id: 'um5iw-rqaaa-aaaaq-qaaba-cai', cycles: 2n ** 127n + 10n ** 15n },
  CyclesMinting: { id: 'rkp4c-7iaaa-aaaaa-aaaca-cai', cycles: 2n ** 126n, argument: 'subnet_id' },
};

const require = createRequire(import.meta.url);
const compiler = require('motoko').default;
const folder = (path) => new URL(`../${path}/`, import.meta.url);

compiler.loadPackage(require('motoko/packages/latest/base.json'));
for (const file of readdirSync(folder('src'))) {
  compiler.write(file, readFileSync(new URL(file, folder('src')), 'utf8'));
}
mkdirSync(folder('dist'), { recursive: true });
const list = Object.entries(CANISTERS).map(([name, { id, cycles, argument = 'none' }]) => {
  const wasm = `${name}.wasm`;
  writeFileSync(new URL(wasm, folder('dist')), compiler.wasm(`${name}.mo`, 'ic').wasm);
  return { id, wasm, argument, cycles: String(cycles), controllers: [] };
});
writeFileSync(new URL('canisters.json', folder('dist')), `${JSON.stringify(list, null, 2)}\n`);
