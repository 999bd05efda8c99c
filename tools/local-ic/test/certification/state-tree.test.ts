import { createHash } from 'node:crypto';
import { Cbor, Certificate, type HashTree as Wire } from '@dfinity/agent';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import { describe, expect, test } from 'vitest';
import { bytesToHex, concatBytes, equalBytes, utf8 } from '../../src/bytes.ts';
import { certificate } from '../../src/certification/certificate.ts';
import { encodeHashTree } from '../../src/certification/encoding.ts';
import { type HashTree, type Path, rootHash } from '../../src/certification/hash-tree.ts';
import { type StateTreeOptions, stateTree } from '../../src/certification/state-tree.ts';
import { createMachine } from '../../src/execution/machine.ts';
import { ANONYMOUS, createLocalIc, type LocalIc, type PrincipalText, principalToBytes } from '../../src/index.ts';
import { admit, enqueueIngress } from '../../src/ingress/door.ts';
import { runRound } from '../../src/scheduler/index.ts';
import { clonePlain } from '../../src/state/clone.ts';
import { decodeState, encodeState } from '../../src/state/codec.ts';
import type { CanisterState, IcState } from '../../src/state/types.ts';
import { BLOB, createCanister, data, encode, manage, wat } from '../engine/harness.ts';
import { lookup } from './lookup.ts';

const LEAF = 3;

const CANISTER = `(module
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "certified_data_set" (func $certify (param i32 i32)))
  (memory 1)
  (data (i32.const 0) "proven")
  (func (export "canister_update certify") (call $certify (i32.const 0) (i32.const 6))
    (call $append (i32.const 0) (i32.const 6)) (call $reply))
  (func (export "canister_update trap") (unreachable)))`;

const INSTALL = IDL.Record({
  mode: IDL.Variant({ install: IDL.Null }),
  canister_id: IDL.Principal,
  wasm_module: BLOB,
  arg: BLOB,
});

/** The module of `CANISTER` with custom sections. */
function moduleWith(sections: Readonly<Record<string, string>>): Uint8Array {
  const custom = Object.entries(sections).map(([name, content]) => {
    const body = new Uint8Array([name.length, ...utf8(name), ...utf8(content)]);
    return new Uint8Array([0, body.length, ...body]);
  });
  return concatBytes(wat(CANISTER), ...custom);
}

function deploy(ic: LocalIc, module: Uint8Array): PrincipalText {
  const id = createCanister(ic);
  const value = { mode: { install: null }, canister_id: Principal.fromText(id), wasm_module: module, arg: [] };
  data(manage(ic, 'install_code', encode(INSTALL, value)));
  return id;
}

/** A subnet with an empty canister and a full one that has certified something. */
function subnet() {
  const ic = createLocalIc();
  const module = moduleWith({ 'icp:public candid:service': 'service : {}', 'icp:private notes': 'secret', other: 'x' });
  const full = deploy(ic, module);
  const empty = createCanister(ic);
  data(ic.call({ sender: ANONYMOUS, canisterId: full, method: 'certify', payload: new Uint8Array(0) }));
  return { ic, full, empty, module, state: stateOf(ic) };
}

function stateOf(ic: LocalIc): IcState {
  return decodeState(ic.save()).state;
}

function present(state: IcState, id: PrincipalText): CanisterState {
  const canister = state.canisters.get(id);
  if (canister === undefined) throw new Error(`there is no ${id}`);
  return canister;
}

function rootOf(state: IcState, options?: StateTreeOptions): string {
  return bytesToHex(rootHash(stateTree(state, options)));
}

function wire(state: IcState, options?: StateTreeOptions): Wire {
  return Cbor.decode(encodeHashTree(stateTree(state, options)));
}

/** The leaf at a path. */
function value(tree: Wire, ...path: (string | Uint8Array)[]): Uint8Array {
  const found = lookup(toPath(path), tree);
  if (typeof found === 'string' || found[0] !== LEAF) throw new Error(`${path.join('/')}: ${found}`);
  return found[1] as Uint8Array;
}

function isAbsent(tree: Wire, ...path: (string | Uint8Array)[]): boolean {
  return lookup(toPath(path), tree) === 'Absent';
}

function toPath(path: readonly (string | Uint8Array)[]): Path {
  return path.map((part) => (typeof part === 'string' ? utf8(part) : part));
}

function natural(leb128: Uint8Array): bigint {
  return leb128.reduceRight((sum, byte) => (sum << 7n) | BigInt(byte & 0x7f), 0n);
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

describe('the state tree', () => {
  const { ic, full, empty, module, state } = subnet();
  const tree = wire(state);
  const [fullId, emptyId] = [principalToBytes(full), principalToBytes(empty)];
  const subnetId = principalToBytes(ic.subnetId());

  test('has the time of the last round', () => {
    expect(natural(value(tree, 'time'))).toBe(ic.certifiedTime());
  });

  test('has a canister with its module, controllers, certified data and times', () => {
    expect(value(tree, 'canister', fullId, 'module_hash')).toEqual(
      new Uint8Array(createHash('sha256').update(module).digest()),
    );
    expect(Cbor.decode(value(tree, 'canister', fullId, 'controllers'))).toEqual([principalToBytes(ANONYMOUS)]);
    expect(text(value(tree, 'canister', fullId, 'certified_data'))).toBe('proven');
    const { createdAt, lastInstalledAt } = present(state, full);
    expect(natural(value(tree, 'canister', fullId, 'canister_creation_timestamp'))).toBe(createdAt);
    expect(natural(value(tree, 'canister', fullId, 'last_install_timestamp'))).toBe(lastInstalledAt);
  });

  test('has metadata, public and private, and no other custom section', () => {
    expect(text(value(tree, 'canister', fullId, 'metadata', 'candid:service'))).toBe('service : {}');
    expect(text(value(tree, 'canister', fullId, 'metadata', 'notes'))).toBe('secret');
    expect(isAbsent(tree, 'canister', fullId, 'metadata', 'other')).toBe(true);
  });

  test('has an empty canister without a module, and a canister that does not exist not at all', () => {
    expect(Cbor.decode(value(tree, 'canister', emptyId, 'controllers'))).toEqual([principalToBytes(ANONYMOUS)]);
    for (const name of ['module_hash', 'certified_data', 'metadata', 'last_install_timestamp']) {
      expect(isAbsent(tree, 'canister', emptyId, name), name).toBe(true);
    }
    expect(isAbsent(tree, 'canister', subnetId)).toBe(true);
  });

  test('has the subnet with key, type and ranges, and its one shard of ranges', () => {
    const [[first, last]] = ic.canisterRanges().map((range) => range.map(principalToBytes)) as [
      [Uint8Array, Uint8Array],
    ];
    expect(value(tree, 'subnet', subnetId, 'public_key')).toEqual(ic.rootKey());
    expect(text(value(tree, 'subnet', subnetId, 'type'))).toBe('application');
    expect(Cbor.decode(value(tree, 'subnet', subnetId, 'canister_ranges'))).toEqual([[first, last]]);
    expect(Cbor.decode(value(tree, 'canister_ranges', subnetId, first))).toEqual([[first, last]]);
    expect(isAbsent(tree, 'subnet', subnetId, 'node')).toBe(true);
  });

  test('has the keys of the nodes that it is given', () => {
    const nodes = [empty, full].map((id, at) => ({ id, publicKey: new Uint8Array(44).fill(at) }));
    const withNodes = wire(state, { nodes });
    expect(value(withNodes, 'subnet', subnetId, 'node', fullId, 'public_key')).toEqual(new Uint8Array(44).fill(1));
    expect(rootOf(state, { nodes: nodes.toReversed() })).toBe(rootOf(state, { nodes }));
  });

  test('has the values of CBOR with the self-describing tag', () => {
    for (const path of [
      ['canister', fullId, 'controllers'],
      ['subnet', subnetId, 'canister_ranges'],
    ]) {
      expect(bytesToHex(value(tree, ...path)).slice(0, 6)).toBe('d9d9f7');
    }
  });
});

describe('request status', () => {
  const { ic, full } = subnet();
  const call = (method: string) => {
    const submitted = ic.submit({ sender: ANONYMOUS, canisterId: full, method, payload: new Uint8Array(0) });
    if (submitted.kind === 'refused') throw new Error(submitted.reject.message);
    return submitted.messageId;
  };

  test('follows a message from the door to its reply', () => {
    const before = rootOf(stateOf(ic));
    const id = call('certify');
    // No round has taken it in yet: what is certified is the same as before.
    expect(rootOf(stateOf(ic))).toBe(before);
    expect(isAbsent(wire(stateOf(ic)), 'request_status', id)).toBe(true);
    ic.awaitIngress(id);
    const tree = wire(stateOf(ic));
    expect(text(value(tree, 'request_status', id, 'status'))).toBe('replied');
    expect(text(value(tree, 'request_status', id, 'reply'))).toBe('proven');
    expect(isAbsent(tree, 'request_status', id, 'reject_code')).toBe(true);
  });

  test('tells code, message and error code of a reject', () => {
    const id = call('trap');
    const result = ic.awaitIngress(id);
    const tree = wire(stateOf(ic));
    if (result.kind !== 'reject') throw new Error('a trap is a reject');
    expect(text(value(tree, 'request_status', id, 'status'))).toBe('rejected');
    expect(natural(value(tree, 'request_status', id, 'reject_code'))).toBe(5n);
    expect(text(value(tree, 'request_status', id, 'reject_message'))).toBe(result.reject.message);
    expect(text(value(tree, 'request_status', id, 'error_code'))).toBe('IC0502');
    expect(isAbsent(tree, 'request_status', id, 'reply')).toBe(true);
  });
});

describe('purity', () => {
  test('building the tree does not change the state', () => {
    const { state } = subnet();
    const before = encodeState({ state, submitted: 0n });
    rootOf(state);
    expect(encodeState({ state, submitted: 0n })).toEqual(before);
  });

  test('equal states have equal root hashes, also after save and load, and another state has another', () => {
    const { ic, state } = subnet();
    const again = subnet();
    expect(rootOf(again.state)).toBe(rootOf(state));
    expect(rootOf(clonePlain(state))).toBe(rootOf(state));
    expect(rootOf(stateOf(ic))).toBe(rootOf(state));
    ic.tick();
    expect(rootOf(stateOf(ic))).not.toBe(rootOf(state));
  });

  test('a tree that is followed from round to round is the one that is built anew', () => {
    const { state, full } = subnet();
    const machine = createMachine({});
    const spare = createCanister(createLocalIc());
    for (let round = 0; round < 12; round += 1) {
      if (round % 3 === 0) {
        const request = { sender: ANONYMOUS, canisterId: full, method: 'certify', payload: new Uint8Array(round) };
        const admitted = admit({ state, machine, counter: BigInt(round) }, request);
        if (admitted.ok) enqueueIngress(state, admitted.value);
      }
      if (round === 5) state.canisters.set(spare, { ...present(state, full), id: spare });
      if (round === 7) state.canisters.delete(spare);
      if (round === 8) for (const key of [...state.ingressHistory.keys()].slice(0, 2)) state.ingressHistory.delete(key);
      expect(rootOf(state), `before round ${round}`).toBe(rootOf(clonePlain(state)));
      runRound(state, machine);
      expect(rootOf(state), `round ${round}`).toBe(rootOf(clonePlain(state)));
    }
  });
});

describe('what did not change', () => {
  const under = (tree: HashTree, label: Uint8Array): HashTree | null => {
    if (tree.kind === 'labeled') return equalBytes(tree.label, label) ? tree.tree : null;
    return tree.kind === 'fork' ? (under(tree.left, label) ?? under(tree.right, label)) : null;
  };
  const canisterOf = (tree: HashTree, id: PrincipalText) =>
    under(under(tree, utf8('canister')) as HashTree, principalToBytes(id));

  test('is not built and hashed again in the next tree', () => {
    const { state, full, empty } = subnet();
    const before = stateTree(state);
    present(state, full).controllers = [full];
    const after = stateTree(state);
    expect(canisterOf(after, empty)).toBe(canisterOf(before, empty));
    expect(canisterOf(after, full)).not.toBe(canisterOf(before, full));
    expect(under(after, utf8('request_status'))).toBe(under(before, utf8('request_status')));
  });
});

describe('a certificate', () => {
  const { ic, full, state } = subnet();
  const fullId = principalToBytes(full);
  const tree = stateTree(state);
  const asked = [
    ['canister', fullId, 'module_hash'],
    ['canister', fullId, 'metadata', 'absent'],
    ['request_status', fullId],
  ];

  /** Not BLS: what matters here is which bytes are signed. */
  const sign = (message: Uint8Array) => new Uint8Array(createHash('sha384').update(message).digest());
  const blsVerify = (_key: Uint8Array, signature: Uint8Array, message: Uint8Array) =>
    equalBytes(signature, sign(message));
  const bytes = certificate({ tree, paths: asked.map(toPath), sign });
  const check = (of: Uint8Array) =>
    Certificate.create({
      certificate: of,
      rootKey: ic.rootKey(),
      canisterId: Principal.fromText(full),
      blsVerify,
      disableTimeVerification: true,
    });

  test('signs the separator and the root hash', () => {
    const messages: Uint8Array[] = [];
    const keep = (message: Uint8Array) => {
      messages.push(message);
      return new Uint8Array(48);
    };
    certificate({ tree, paths: [], sign: keep });
    expect(messages.map(bytesToHex)).toEqual([bytesToHex(utf8('\x0Dic-state-root')) + bytesToHex(rootHash(tree))]);
  });

  test('is accepted by agent-js, with the values asked for and the time', async () => {
    const checked = await check(bytes);
    expect(checked.lookup_path(['canister', fullId, 'module_hash'])).toMatchObject({ status: 'Found' });
    expect(checked.lookup_path(['time'])).toMatchObject({ status: 'Found' });
    expect(lookup(toPath(['canister', fullId, 'metadata', 'absent']), checked.cert.tree)).toBe('Absent');
    expect(lookup(toPath(['request_status', fullId]), checked.cert.tree)).toBe('Absent');
    expect(lookup(toPath(['canister', fullId, 'controllers']), checked.cert.tree)).toBe('Unknown');
  });

  test('is refused by agent-js with any value changed', async () => {
    const moduleHash = Buffer.from(bytes).indexOf(present(state, full).code?.moduleHash ?? '');
    expect(moduleHash).toBeGreaterThan(0);
    for (const at of [moduleHash, bytes.length - 1]) {
      await expect(check(bytes.with(at, (bytes[at] as number) ^ 1))).rejects.toThrow();
    }
  });

  test('says of a private section only what it is asked for', () => {
    expect(text(bytes)).not.toContain('secret');
  });

  test('may carry a delegation', () => {
    const delegation = { subnetId: ic.subnetId(), certificate: bytes };
    const decoded = Cbor.decode<{ delegation: unknown }>(certificate({ tree, paths: [], sign, delegation }));
    expect(decoded.delegation).toEqual({ subnet_id: principalToBytes(ic.subnetId()), certificate: bytes });
  });
});
