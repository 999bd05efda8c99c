import { compareBytes, utf8 } from '../bytes.ts';
import { moduleMetadata } from '../metadata.ts';
import { principalToBytes } from '../principal.ts';
import type { CanisterState } from '../state/types.ts';
import { encodeNatural, selfDescribed } from './encoding.ts';
import { type HashTree, leaf } from './hash-tree.ts';
import { labels } from './labels.ts';

/** `/canister/<id>`. What has no value (the module hash of an empty canister, an absent time) is absent. */
export function canisterTree(canister: CanisterState): HashTree {
  const { code } = canister;
  const entries: [Uint8Array, HashTree][] = [
    [utf8('canister_creation_timestamp'), leaf(encodeNatural(canister.createdAt))],
    [utf8('controllers'), leaf(selfDescribed(controllerBytes(canister)))],
  ];
  if (canister.lastInstalledAt !== null) {
    entries.push([utf8('last_install_timestamp'), leaf(encodeNatural(canister.lastInstalledAt))]);
  }
  if (code !== null) {
    entries.push([utf8('certified_data'), leaf(code.certifiedData)], [utf8('module_hash'), leaf(code.moduleHash)]);
    const metadata = metadataTree(code.wasmModule);
    if (metadata.kind !== 'empty') entries.push([utf8('metadata'), metadata]);
  }
  return labels(entries);
}

/** All that `canisterTree` looks at: as long as these are the same values, so is the tree. */
export function canisterParts(canister: CanisterState): readonly unknown[] {
  const { code } = canister;
  return [
    canister.createdAt,
    canister.controllers.join(' '),
    canister.lastInstalledAt,
    code?.wasmModule,
    code?.moduleHash,
    code?.certifiedData,
  ];
}

function controllerBytes({ controllers }: CanisterState): Uint8Array[] {
  return controllers.map(principalToBytes).sort(compareBytes);
}

const metadataTrees = new WeakMap<Uint8Array, HashTree>();

/** Custom sections of a module can be megabytes; the bytes of an installed module never change. */
function metadataTree(wasmModule: Uint8Array): HashTree {
  const known = metadataTrees.get(wasmModule);
  if (known !== undefined) return known;
  const tree = labels([...moduleMetadata(wasmModule)].map(([name, { content }]) => [utf8(name), leaf(content)]));
  metadataTrees.set(wasmModule, tree);
  return tree;
}
