/** What a target's answers cost the manager, whatever bytes they have: docs/mainnet.md states the sum. */
import { createHash } from 'node:crypto';
import { type CandidPolicy, type CandidSnapshot, MAX_REJECT_TEXT, MAX_REPLY_READ_BYTES } from '@canister-backup/shared';
import type { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { answeringCanister, answerOf, type BigAnswer } from './answering.ts';
import { DEVELOPER, deploy, EMPTY_ARGUMENTS, HOUR, HOURLY, taken, type World } from './manager-world.ts';

/** Instructions that an answer may cost, in addition to what the IC takes for its bytes: docs/mainnet.md says so. */
const MOST = 300_000_000n;
const SIZE = 2_000_000;
const DIDL = [0x44, 0x49, 0x44, 0x4c];
const POLICY: CandidPolicy = {
  ...HOURLY,
  mode: { running: null },
  keep: 1,
  probe: [{ method: 'ask', arg: EMPTY_ARGUMENTS, tripwires: [] }],
};

/** Type n is `opt` of type n + 1, and the last one `opt nat`. */
const nested = (types: number) => [
  ...DIDL,
  ...leb(types),
  ...Array.from({ length: types }, (_, n) => [0x6e, ...(n + 1 < types ? sleb(n + 1) : [0x7d])]).flat(),
  ...[1, 0],
];

const SHAPES: Record<string, BigAnswer> = {
  zeros: { size: SIZE, fill: 0 },
  'one long number': { size: SIZE, fill: 0xff, start: [...DIDL, 0, 1, 0x7d] },
  'one number with zeros in front': { size: SIZE, fill: 0x80, start: [...DIDL, 0, 1, 0x7d] },
  'one long integer': { size: SIZE, fill: 0x81, start: [...DIDL, 0, 1, 0x7c] },
  'a vector of small integers': { size: SIZE, fill: 1, start: [...DIDL, 1, 0x6d, 0x7c, 1, 0, ...leb(1_900_000)] },
  'a vector of empty texts': { size: SIZE, fill: 0, start: [...DIDL, 1, 0x6d, 0x71, 1, 0, ...leb(1_900_000)] },
  'a vector of empty records': { size: 30, fill: 0, start: [...DIDL, 2, 0x6c, 0, 0x6d, 0, 1, 1, ...leb(1e9)] },
  'nested types': { size: SIZE, fill: 1, start: nested(900) },
  'a table of types without an end': { size: SIZE, fill: 0x6e, start: [...DIDL, ...leb(1_000)] },
  'a record of many fields': { size: SIZE, fill: 0x7e, start: [...DIDL, 1, 0x6c, ...leb(900_000)] },
  'text that is not Candid': { size: SIZE, fill: 0x7b },
  'a refusal': { size: SIZE, fill: 0x21, refused: true },
  'a refusal of two characters each': { size: SIZE, fill: 0xc3, refused: true },
};

/** The most instructions of one execution of the manager since it was last set to 0. */
let dearest = 0n;
let world: World;
let target: PrincipalText;
beforeAll(async () => {
  const deployed = deploy(1);
  world = deployed.fork({
    executed: ({ canisterId, instructions }) => {
      if (canisterId === deployed.names.manager && instructions > dearest) dearest = instructions;
    },
  });
  target = world.create(await answeringCanister());
  world.setControllers(target, [DEVELOPER, world.names.manager]);
  world.register(target, POLICY);
});

const memory = () => world.ic.canister(world.names.manager)!.wasmMemorySize;

/** Instructions of the dearest execution of a backup by the timer whose probe is answered so: that of the answer. */
function answerWith(answer: BigAnswer): bigint {
  world.call(target, 'set', answerOf(answer));
  dearest = 0n;
  world.pass(HOUR);
  expect(world.runs()[0]).toMatchObject({ outcome: 'succeeded', kind: 'backup' });
  return dearest;
}

describe('an answer of a target', () => {
  it('costs little more than its bytes, is kept in part only, and leaves the heap of the manager as it was', () => {
    answerWith(SHAPES.zeros!);
    const [before, costs] = [memory(), new Map<string, bigint>()];
    for (const [name, shape] of Object.entries(SHAPES)) costs.set(name, answerWith(shape));
    expect(memory()).toBe(before);
    const [name, most] = [...costs].sort(([, a], [, b]) => Number(b - a))[0]!;
    console.log(`the dearest answer, ${name}: ${most} instructions; heap ${before} bytes`);
    expect(most).toBeLessThanOrEqual(MOST);
  });

  it('is told by its whole size, and a refusal by its beginning', () => {
    answerWith(SHAPES.zeros!);
    const [{ fingerprint }] = taken(world.ask('snapshots', [[]])).items as [CandidSnapshot<Principal>];
    expect(fingerprint[0]).toMatchObject({ certainty: 'exact', reply_bytes: [BigInt(SIZE)], naturals: [] });
    const read = new Uint8Array(MAX_REPLY_READ_BYTES);
    expect(fingerprint[0]?.reply_hash[0]).toEqual(new Uint8Array(createHash('sha256').update(read).digest()));

    answerWith(SHAPES['a refusal']!);
    const [warning] = world.runs()[0]!.warnings;
    expect(warning).toMatchObject({ code: 'probe_failed' });
    expect(warning!.message.length).toBeLessThan(2 * MAX_REJECT_TEXT);
    // The IC passes on no more of it than 8 KiB.
    expect(warning!.message).toContain('(8192 characters)');
  });
});

function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

function sleb(value: number): number[] {
  return value < 64 ? [value] : [(value % 128) + 128, ...sleb(Math.floor(value / 128))];
}
