/** In sync is not well: what `check` finds beside the policies. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_POLICY, writePolicy } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import { describe, expect, test } from 'vitest';
import { type Command, run } from '../src/run.ts';
import type { Door } from '../src/shell/door.ts';
import { CALLER, canister } from './worlds.ts';

const MANAGER = canister(50);
const PAUSED = { level: 'warn', code: 'paused', message: 'Call resume.' };
const TARGET = canister(1);

interface Facts {
  readonly controllers?: readonly string[] | undefined;
  readonly paused?: boolean;
  readonly reasons?: readonly { level: string; code: string; message: string }[];
  readonly ofManager?: readonly { level: string; code: string; message: string }[];
  readonly written?: object;
}

function doorOf({ controllers, paused = false, reasons = [], ofManager = [] }: Facts): Door {
  const target = {
    canister: Principal.fromText(TARGET),
    policy: writePolicy(DEFAULT_POLICY),
    is_default: false,
    paused: [paused],
    paused_alone: [paused],
    held: [],
    name: [],
  };
  const manager = {
    roles: async () => ({ Ok: [] }),
    targets: async () => ({ Ok: { items: [target], total: 1n, next: [] } }),
    health: async () => ({
      Ok: {
        manager: { reasons: ofManager },
        items: [{ canister: target.canister, reasons: [...reasons, ...(paused ? [PAUSED] : [])] }],
        next: [],
      },
    }),
  };
  return {
    manager: manager as unknown as Door['manager'],
    id: MANAGER,
    network: 'local',
    asker: { name: 'alice of dfx', principal: CALLER },
    controllersOf: async (id) => (id === MANAGER ? [CALLER] : controllers),
  };
}

async function asked(command: Command, facts: Facts, json = false) {
  const folder = mkdtempSync(join(tmpdir(), 'wellness-'));
  const file = join(folder, 'policies.json');
  writeFileSync(file, JSON.stringify({ targets: [{ canister: TARGET, ...facts.written }] }));
  let said = '';
  const out = (line: string) => {
    said += `${line}\n`;
  };
  const terminal = {
    out,
    note: () => {},
    paint: (_: unknown, text: string) => text,
    folder,
    open: async () => doorOf(facts),
  };
  const code = await run(command, { network: 'local', file, yes: true, json }, terminal);
  rmSync(folder, { recursive: true });
  return { code, said };
}

const OURS = [MANAGER];
const CRITICAL = [{ level: 'critical', code: 'missed_run', message: 'It was due.' }];

describe('a manager that has what the file says', () => {
  test('is in sync, if the target is ours and nothing is critical', async () => {
    const warned = [{ level: 'warn', code: 'slots', message: 'Few.' }];
    for (const reasons of [[], warned]) {
      expect(await asked('check', { controllers: OURS, reasons })).toMatchObject({ code: 0 });
    }
    expect((await asked('check', { controllers: OURS, paused: true, written: { paused: true } })).code).toBe(0);
  });

  test.each<[string, Facts]>([
    ['not_controller', { controllers: [CALLER] }],
    ['target_not_found', { controllers: undefined }],
    ['paused', { controllers: OURS, paused: true }],
    ['missed_run', { controllers: OURS, reasons: CRITICAL }],
    ['missed_run', { controllers: OURS, ofManager: CRITICAL }],
  ])('is not well with %s: check and apply end with 13, plan says it', async (code, facts) => {
    for (const command of ['check', 'apply'] as const) expect((await asked(command, facts)).code).toBe(13);
    const { code: ended, said } = await asked('plan', facts);
    expect([ended, said]).toEqual([0, expect.stringContaining(`(${code})`)]);
    expect(said).toContain('In sync');
    expect(said).toContain('Not well: 1 problem');
    const answer = JSON.parse((await asked('check', facts, true)).said) as object;
    expect(answer).toMatchObject({ in_sync: true, well: false, troubles: [{ code }] });
  });

  test('names a problem once, although health has more to say of a target that is not ours', async () => {
    const { said } = await asked('check', { controllers: [CALLER], reasons: CRITICAL });
    expect(said).toContain('Not well: 1 problem');
  });
});
