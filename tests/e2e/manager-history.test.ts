/** The history: what it tells, and that nobody can tell it differently. */
import { type ChainLink, chainProblem } from '@canister-backup/shared';
import { Cbor, Certificate, lookupResultToBuffer, reconstruct } from '@dfinity/agent';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { linkOf } from './chain.ts';
import { DEVELOPER, deploy, HOUR, HOURLY, refused, STRANGER, taken, type World } from './manager-world.ts';

let deployed: World;
let world: World;

beforeAll(() => {
  deployed = deploy(2);
});

const history = (before?: bigint, limit?: number) =>
  taken(
    world.ask('history', [
      [{ canister: [], before: before === undefined ? [] : [before], limit: limit === undefined ? [] : [limit] }],
    ]),
  );

const told = () =>
  history()
    .items.map(({ kind, actor, cause }) => `${kind} ${actor === DEVELOPER ? 'developer' : actor}: ${cause}`)
    .reverse();

/** A bit of everything. */
function liveThrough(): void {
  const canister = Principal.fromText(world.chat);
  world.register();
  taken(world.ask('set_policy', [{ canister, policy: { ...HOURLY, keep: 2 } }]));
  taken(world.ask('grant', [{ who: Principal.fromText(STRANGER), role: { viewer: null }, canister: [canister] }]));
  world.backup();
  world.append('since');
  taken(world.ask('restore', []));
  world.pass(HOUR);
  world.setControllers(world.chat, [DEVELOPER]);
  world.ask('backup', [canister]);
}

describe('the history', () => {
  it('tells what was done, by whom and why, and what came of it', () => {
    world = deployed.fork();
    liveThrough();
    expect(told()).toEqual([
      'installed manager: init',
      'registered developer: register',
      'policy_set developer: set_policy',
      'granted developer: grant',
      'run_opened developer: it was asked for',
      'run_closed developer: run 1 is over',
      'run_opened developer: it was asked for',
      'run_closed developer: run 2 is over',
      'load_checked manager: the history of the target was read',
      'run_opened timer: it was due',
      'run_closed timer: run 3 is over',
      'run_opened developer: it was asked for',
      'run_closed developer: run 4 is over',
    ]);
    const [failed, , , , restored] = history().items.filter(({ kind }) => kind.startsWith('run'));
    expect(failed!.details).toEqual(
      expect.arrayContaining([
        ['outcome', 'failed'],
        ['error', 'not_controller'],
      ]),
    );
    const [good] = taken(world.ask('runs', [[]])).items.filter(({ kind }) => kind === 'restore');
    expect(restored).toMatchObject({ kind: 'run_closed', run_id: [good!.run_id] });
    const loaded = ['snapshot', Buffer.from(good!.snapshot_id[0]!).toString('hex')];
    expect(restored!.details).toContainEqual(loaded);
    const checked = history().items.find(({ kind }) => kind === 'load_checked');
    expect(checked).toMatchObject({ run_id: restored!.run_id, details: [loaded, ['in_history', 'yes']] });
  });

  it('tells of what became known of a snapshot, and by whom', () => {
    world = deployed.fork();
    const canister = Principal.fromText(world.chat);
    world.register();
    const { snapshot_id } = world.backup();
    taken(world.ask('mark_suspect', [{ canister, since: 0n }]));
    taken(world.ask('accept', [{ canister, snapshot_id }]));
    const [accepted, marked] = history().items;
    const details = [['snapshot', Buffer.from(snapshot_id as Uint8Array).toString('hex')]];
    expect(accepted).toMatchObject({ kind: 'changed', actor: DEVELOPER, cause: 'accept', details });
    expect(marked).toMatchObject({ kind: 'changed', actor: DEVELOPER, cause: 'mark_suspect', details });
  });

  it('says nothing of what was refused or changed nothing', () => {
    world = deployed.fork();
    world.register();
    const { total, head } = history();
    const canister = Principal.fromText(world.chat);
    const argument = { who: canister, role: { viewer: null }, canister: [] as [] };
    refused(world.ask('register', [{ canister, policy: [] }]));
    refused(world.ask('backup', [canister], STRANGER));
    taken(world.ask('revoke', [argument]));
    taken(world.ask('set_settings', [{ public_http: [] }]));
    refused(world.ask('settle', [canister]));
    taken(world.ask('mark_suspect', [{ canister, since: 0n }]));
    expect(history()).toMatchObject({ total, head });
  });

  it('is one chain from the certified head to the first entry, over pages and over upgrades', () => {
    world = deployed.fork();
    liveThrough();
    world.upgradeManager();
    world.ic.tick();
    const links: ChainLink[] = [];
    let cursor: bigint | undefined;
    do {
      const page = history(cursor, 3);
      links.push(...page.items.map(linkOf));
      cursor = page.next[0];
    } while (cursor !== undefined);
    expect(links.at(-1)!.entry.n).toBe(1n);
    expect(chainProblem(links, Uint8Array.from(history().head))).toBeUndefined();
    const forged = links.with(4, { ...links[4]!, entry: { ...links[4]!.entry, actor: 'somebody else' } });
    expect(chainProblem(forged, Uint8Array.from(history().head))).toContain(`entry ${links[4]!.entry.n}`);
  });

  it('has a head that the subnet vouches for, as agents check it', async () => {
    world = deployed.fork();
    liveThrough();
    world.ic.tick();
    const { certificate, witness, head } = history();
    const canisterId = Principal.fromText(world.names.manager);
    const checked = await Certificate.create({
      certificate: Uint8Array.from(certificate[0]!),
      rootKey: world.ic.rootKey(),
      canisterId,
      disableTimeVerification: true,
    });
    const certified = lookupResultToBuffer(
      checked.lookup_path(['canister', canisterId.toUint8Array(), 'certified_data']),
    );
    const tree = Cbor.decode(Uint8Array.from(witness)) as Parameters<typeof reconstruct>[0];
    expect(Buffer.from(await reconstruct(tree)).toString('hex')).toBe(Buffer.from(certified!).toString('hex'));
    expect(Buffer.from(witness as Uint8Array).includes(Buffer.from(head as Uint8Array))).toBe(true);
  });

  it('shows a viewer of one target what was done to it, and nothing of the rest', () => {
    world = deployed.fork();
    const [mine, other] = world.names.chats as [PrincipalText, PrincipalText];
    for (const chat of world.names.chats) world.register(chat);
    const canister = Principal.fromText(mine);
    taken(world.ask('grant', [{ who: Principal.fromText(STRANGER), role: { viewer: null }, canister: [canister] }]));
    const seen = taken(world.ask('history', [[]], STRANGER));
    expect(seen.items.map(({ kind }) => kind)).toEqual(['granted', 'registered']);
    const asked = { canister: [Principal.fromText(other)] as [Principal], before: [] as [], limit: [] as [] };
    expect(refused(world.ask('history', [[asked]], STRANGER)).code).toBe('caller_not_allowed');
    expect(taken(world.ask('history', [[asked]])).items.map(({ kind }) => kind)).toEqual(['registered']);
  });
});
