import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findIdentity, type Places } from '../src/shell/identity.ts';

let home: string;
let places: Places;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'policies-'));
  places = { env: {}, platform: 'linux', home };
});
afterEach(() => rmSync(home, { recursive: true }));

function write(path: string, content: unknown): void {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

const newKey = () => String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));

const DFX = '.config/dfx';
const ICP = '.local/share/icp-cli/identity';
const dfxHas = (name: string, pem = newKey()) => write(`${DFX}/identity/${name}/identity.pem`, pem);

function icpHas(identities: Record<string, unknown>, pem = newKey()): void {
  write(`${ICP}/identity_list.json`, { v: 1, identities });
  for (const name of Object.keys(identities)) write(`${ICP}/keys/${name}.pem`, pem);
}

const PLAIN = { kind: 'pem', format: 'plaintext', algorithm: 'ed25519' };
const nameOf = (wanted?: string) => findIdentity(wanted, places).name;
const codeOf = (wanted?: string) => {
  try {
    return nameOf(wanted);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('an identity', () => {
  test('is found by its name, at dfx or at icp', () => {
    dfxHas('alice');
    icpHas({ bob: PLAIN });
    expect([nameOf('alice'), nameOf('bob'), nameOf('anonymous')]).toEqual(['alice of dfx', 'bob of icp', 'anonymous']);
    expect(codeOf('carol')).toBe('identity_not_found');
  });

  test('is the one that the tool uses by default, if nobody names one', () => {
    dfxHas('alice');
    write(`${DFX}/identity.json`, { default: 'alice' });
    expect(nameOf()).toBe('alice of dfx');
    icpHas({ anonymous: { kind: 'anonymous' } });
    expect(nameOf()).toBe('alice of dfx');
  });

  test('is the anonymous one where neither tool has chosen any, as icp deploys then, and says how to name another', () => {
    const { name, identity } = findIdentity(undefined, places);
    expect(identity.getPrincipal().isAnonymous()).toBe(true);
    expect(name).toContain('--identity');
    icpHas({ anonymous: { kind: 'anonymous' }, bob: PLAIN });
    write(`${ICP}/identity_defaults.json`, { v: 1, default: 'anonymous' });
    expect(findIdentity(undefined, places).identity.getPrincipal().isAnonymous()).toBe(true);
    write(`${ICP}/identity_defaults.json`, { v: 1, default: 'bob' });
    expect(nameOf()).toBe('bob of icp');
  });

  test('is the one that dfx makes for itself, if it was never told another', () => {
    dfxHas('default');
    expect(nameOf()).toBe('default of dfx');
  });

  test('has to be named when dfx and icp mean different ones, and not when they mean the same', () => {
    const pem = newKey();
    dfxHas('alice', pem);
    icpHas({ alice: PLAIN }, pem);
    expect(nameOf('alice')).toBe('alice of dfx');
    icpHas({ alice: PLAIN });
    expect(() => nameOf('alice')).toThrow('--identity dfx:alice or --identity icp:alice');
    expect(nameOf('icp:alice')).toBe('alice of icp');
    expect(nameOf('dfx:alice')).toBe('alice of dfx');
  });

  test('is a PEM file, if it is written like a path', () => {
    write('mine.pem', newKey());
    const path = join(home, 'mine.pem');
    expect(nameOf(path)).toBe(path);
    expect(codeOf(join(home, 'other.pem'))).toBe('identity_not_found');
  });

  test('is where the variables of dfx and icp and the system say', () => {
    const asked: [Partial<Places>, string][] = [
      [{ env: { DFX_CONFIG_ROOT: join(home, 'a') } }, `a/.config/dfx/identity/x/identity.pem`],
      [{ env: { ICP_HOME: join(home, 'b') } }, 'b/identity/keys/x.pem'],
      [{ env: { XDG_DATA_HOME: join(home, 'c') } }, 'c/icp-cli/identity/keys/x.pem'],
      [{ platform: 'darwin' }, 'Library/Application Support/org.dfinity.icp-cli/identity/keys/x.pem'],
    ];
    for (const [changed, path] of asked) {
      write(path, newKey());
      if (path.includes('keys/'))
        write(join(dirname(dirname(path)), 'identity_list.json'), { identities: { x: PLAIN } });
      expect(findIdentity('x', { ...places, ...changed }).name).toMatch(/^x of/);
    }
  });
});

describe('a key that is not in a plain file', () => {
  const EXPORT_DFX = '(umask 077; dfx identity export safe > key.pem), then --identity ./key.pem';
  const EXPORT_ICP = '(umask 077; icp identity export safe > key.pem), then --identity ./key.pem';

  test.each([
    ['the keyring', { keyring_identity_suffix: 'safe' }, EXPORT_DFX],
    ['a password', { encryption: { pw_salt: 'x' } }, EXPORT_DFX],
    ['a device', { hsm: { pkcs11_lib_path: 'x' } }, 'cannot be read'],
  ])('of dfx, behind %s, is refused with how to export it', (_, config, message) => {
    write(`${DFX}/identity/safe/identity.json`, { hsm: null, encryption: null, ...config });
    expect(() => nameOf('safe')).toThrow(message);
    expect(codeOf('safe')).toBe('identity_encrypted');
  });

  test.each([
    ['the keyring', { kind: 'keyring' }, EXPORT_ICP],
    ['a password', { kind: 'pem', format: 'pbes2' }, EXPORT_ICP],
    ['a device', { kind: 'hsm' }, 'cannot be read'],
    ['Internet Identity', { kind: 'internet-identity' }, 'cannot be exported'],
  ])('of icp, behind %s, is refused with how to export it', (_, spec, message) => {
    icpHas({ safe: spec });
    expect(() => nameOf('safe')).toThrow(message);
    expect(codeOf('safe')).toBe('identity_encrypted');
  });
});
