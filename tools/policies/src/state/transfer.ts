/** `export` and `import`: what a manager knows, to a file and back. */
import {
  bytesToHex,
  type CandidImported,
  type CandidStateChange,
  type CandidStatePage,
  joinItems,
  STATE_PAGE_BYTES,
  STATE_PAGE_ITEMS,
} from '@canister-backup/shared';
import type { Principal } from '@dfinity/principal';
import { EXIT } from '../failure.ts';
import { jsonText } from '../report/json.ts';
import { askFirst, ending, type Terminal } from '../run.ts';
import { type Door, openDoor } from '../shell/door.ts';
import { granted, type Manager } from '../shell/manager.ts';
import { asciiJson, readStateFile, writeState } from './file.ts';

export interface TransferOptions {
  readonly network: string;
  /** The file that is written or read. */
  readonly path: string;
  readonly identity?: string;
  readonly manager?: string;
  readonly withRoles?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** @returns the exit code */
export function exportState(options: TransferOptions, terminal: Terminal): Promise<number> {
  return ending(options, terminal, async () => {
    const door = await open(options, terminal);
    const items = await readPages(door.manager, options.withRoles ?? false);
    const { at } = items[0] as { readonly at: { readonly $n: string } };
    const exported_at = new Date(Number(BigInt(at.$n) / 1_000_000n)).toISOString();
    writeState(options.path, { manager: door.id, network: door.network, exported_at, items });
    const counts = countsOf(items);
    if (options.json) terminal.out(jsonText({ manager: door.id, file: options.path, exported_at, ...counts }));
    else
      terminal.out(
        `Wrote ${options.path}: targets ${counts.targets}, snapshots ${counts.snapshots}, roles of ${counts.roles}.`,
      );
    return EXIT.done;
  });
}

/** @returns the exit code */
export function importState(options: TransferOptions, terminal: Terminal): Promise<number> {
  return ending(options, terminal, async () => {
    const state = readStateFile(options.path);
    const door = await open(options, terminal);
    const show = options.json ? terminal.note : terminal.out;
    const chunks = chunksOf(state.items);
    show(`State of ${state.manager} on ${state.network}, exported ${state.exported_at}`);
    const foreseen = await importAll(door.manager, chunks, { apply: false, roles: options.withRoles ?? false });
    for (const change of foreseen) show(lineOf(change, terminal));
    const wanted = foreseen.filter(({ change }) => change !== 'refuse');
    const refused = foreseen.length - wanted.length;
    show(`\nTo add or change: ${wanted.length}. Refused, and left out: ${refused}.`);
    if (wanted.length === 0) {
      if (options.json) terminal.out(jsonText({ manager: door.id, applied: false, changes: foreseen.map(plain) }));
      return refused === 0 ? EXIT.done : EXIT.refused;
    }
    if (!options.yes) await askFirst(terminal);
    const done = await importAll(door.manager, chunks, { apply: true, roles: options.withRoles ?? false });
    const left = done.filter(({ change }) => change === 'refuse');
    if (options.json) terminal.out(jsonText({ manager: door.id, applied: true, changes: done.map(plain) }));
    else terminal.out(`Done: ${done.length - left.length}. Refused: ${left.length}.`);
    return left.length === 0 ? EXIT.done : EXIT.refused;
  });
}

async function open({ network, identity, manager }: TransferOptions, terminal: Terminal): Promise<Door> {
  const door = await (terminal.open ?? openDoor)({ network, identity, managers: [manager], folder: terminal.folder });
  terminal.note(`Asking ${door.id} on ${network} as ${door.asker.name}`);
  return door;
}

async function readPages(manager: Manager, roles: boolean): Promise<unknown[]> {
  const items: unknown[] = [];
  let after: [] | [string] = [];
  do {
    const page: CandidStatePage = granted(await manager.export_state({ after, roles: [roles] }));
    const { items: more } = JSON.parse(Buffer.from(Uint8Array.from(page.state)).toString()) as { items: unknown[] };
    items.push(...more);
    after = page.next;
  } while (after.length > 0);
  return items;
}

type Change = CandidStateChange<Principal>;

async function importAll(
  manager: Manager,
  chunks: readonly Uint8Array[],
  how: { readonly apply: boolean; readonly roles: boolean },
): Promise<Change[]> {
  const changes: Change[] = [];
  for (const state of chunks) {
    const imported: CandidImported<Principal> = granted(
      await manager.import_state({ state, apply: how.apply, roles: [how.roles] }),
    );
    changes.push(...imported.changes);
  }
  return changes;
}

/** Targets first: the default target has to be registered before it is set. */
export function chunksOf(items: readonly unknown[]): Uint8Array[] {
  const isTarget = (item: unknown) => (item as { kind?: unknown }).kind === 'target';
  const ordered = [...items.filter(isTarget), ...items.filter((item) => !isTarget(item))];
  const chunks: string[][] = [];
  let bytes = 0;
  for (const text of ordered.map(asciiJson)) {
    const last = chunks.at(-1);
    if (last !== undefined && last.length < STATE_PAGE_ITEMS && bytes < STATE_PAGE_BYTES) last.push(text);
    else chunks.push([text]);
    bytes = chunks.at(-1)!.length === 1 ? text.length : bytes + text.length;
  }
  return chunks.map((texts) => Buffer.from(joinItems(texts)));
}

function countsOf(items: readonly unknown[]) {
  const all = items as readonly { readonly kind: string; readonly snapshots?: readonly unknown[] }[];
  return {
    targets: all.filter(({ kind }) => kind === 'target').length,
    snapshots: all.reduce((sum, { snapshots = [] }) => sum + snapshots.length, 0),
    roles: all.filter(({ kind }) => kind === 'roles').length,
  };
}

const SIGNS = { add: ['green', '+'], change: ['yellow', '~'], refuse: ['red', '!'] } as const;

function lineOf(change: Change, { paint }: Terminal): string {
  const [colour, sign] = SIGNS[change.change as keyof typeof SIGNS] ?? SIGNS.change;
  const { what, canister, snapshot, detail, reason } = plain(change);
  const words = [what.replace('_', ' '), canister, snapshot, detail].filter(
    (word) => word !== undefined && word !== '',
  );
  return `${paint(colour, sign)} ${words.join('  ')}${reason === undefined ? '' : `\n    ${reason.code}: ${reason.message}`}`;
}

/** As JSON holds it. */
function plain({ change, what, canister, snapshot_id, detail, reason }: Change) {
  const [snapshot] = snapshot_id;
  return {
    change,
    what,
    ...(canister[0] && { canister: canister[0].toText() }),
    ...(snapshot && { snapshot: bytesToHex(Uint8Array.from(snapshot)) }),
    detail,
    ...(reason[0] && { reason: reason[0] }),
  };
}
