/** A registry of npm on loopback, with one package; what it serves can be changed under way. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Registry {
  readonly env: NodeJS.ProcessEnv;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** What it serves from now on, under the hash of just these bytes: npm itself has nothing to say against it. */
  serve(tarball: Uint8Array): void;
  /** Answers with half of the tarball, and hangs up. */
  tear(torn: boolean): void;
  stop(): Promise<void>;
}

const VERSION = '1.0.0';

/** The registry of `thing`, in a folder of its own for npm's cache. */
export async function startRegistry(folder: string): Promise<Registry> {
  const asked: string[] = [];
  let tarball: Uint8Array = new Uint8Array();
  let torn = false;
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url?.endsWith('.tgz')) {
      response.writeHead(200, { 'content-length': tarball.length });
      if (!torn) return response.end(tarball);
      return response.write(tarball.subarray(0, tarball.length / 2), () => response.destroy());
    }
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    const dist = { tarball: `${url}/thing/-/thing-${VERSION}.tgz`, integrity };
    const versions = { [VERSION]: { name: 'thing', version: VERSION, bin: { thing: 'run.js' }, dist } };
    return response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ name: 'thing', 'dist-tags': { latest: VERSION }, versions }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Nothing of the machine's own npm: `npm test` sets variables of the same names in capitals.
  const own = Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name));
  return {
    env: {
      ...Object.fromEntries(own),
      npm_config_registry: url,
      npm_config_cache: join(folder, 'npm-cache'),
      npm_config_userconfig: join(folder, 'no-npmrc'),
      npm_config_fetch_retries: '0',
      npm_config_update_notifier: 'false',
      npm_config_audit: 'false',
    },
    asked,
    serve(bytes) {
      tarball = bytes;
      rmSync(join(folder, 'npm-cache'), { recursive: true, force: true });
    },
    tear(value) {
      torn = value;
    },
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The tarball of `thing`, whose command prints a word. */
export function pack(word: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'thing-'));
  mkdirSync(join(folder, 'package/lib'), { recursive: true });
  const own = { name: 'thing', version: VERSION, bin: { thing: 'run.js' } };
  writeFileSync(join(folder, 'package/package.json'), JSON.stringify(own));
  writeFileSync(join(folder, 'package/run.js'), "#!/usr/bin/env node\nconsole.log(require('./lib/word.js'));\n");
  writeFileSync(join(folder, 'package/lib/word.js'), `module.exports = ${JSON.stringify(word)};\n`);
  spawnSync('tar', ['czf', 'thing.tgz', 'package'], { cwd: folder });
  const bytes = readFileSync(join(folder, 'thing.tgz'));
  rmSync(folder, { recursive: true });
  return bytes;
}

export const sha512 = (bytes: Uint8Array) => createHash('sha512').update(bytes).digest('hex');
