import { Principal } from '@dfinity/principal';
import { createCanisterFee } from '../cycles.ts';
import { err, ok, type Result } from '../errors.ts';
import { CANISTER_IDS_PER_SUBNET, DEFAULT_PROVISIONAL_CYCLES } from '../limits.ts';
import { canisterIdFromNumber, canisterNumber, type PrincipalText } from '../principal.ts';
import type { CanisterState, IcState } from '../state/types.ts';
import { addHistory, changeOrigin } from './history.ts';
import { CanisterIdArgs, CreateCanisterArgs, type Opt, ProvisionalCreateArgs, type SettingsValue } from './idl.ts';
import { defineMethod, fail, refuse, reply, textOf } from './method.ts';
import { applySettings, DEFAULT_SETTINGS, readSettings, settingsProblem } from './settings.ts';
import type { ManagementContext } from './types.ts';

export const createCanisterMethod = defineMethod<CreateCanisterArgs>({
  name: 'create_canister',
  ingress: 'nobody',
  args: CreateCanisterArgs,
  run: (context, args) => {
    const { cycles } = context.request;
    const fee = createCanisterFee(context.state);
    if (cycles < fee) {
      return refuse(
        err(
          'IC0403',
          `Creating a canister requires a fee of ${fee} that is deducted from the canister's initial balance but only ` +
            `${cycles} cycles were received with the create_canister request.\nAttach more cycles to the call.`,
        ).error,
      );
    }
    const created = createFromArgs(context, { ...args, cycles: cycles - fee, specifiedId: null });
    if (!created.ok) return refuse(created.error);
    return reply(CanisterIdArgs, { canister_id: Principal.fromText(created.value.id) }, { acceptedCycles: cycles });
  },
});

export const provisionalCreate = defineMethod<ProvisionalCreateArgs>({
  name: 'provisional_create_canister_with_cycles',
  ingress: 'anyone',
  args: ProvisionalCreateArgs,
  target: ({ specified_id }) => specified_id[0] ?? null,
  run: (context, args) => {
    const [specified] = args.specified_id;
    const created = createFromArgs(context, {
      ...args,
      cycles: args.amount[0] ?? DEFAULT_PROVISIONAL_CYCLES,
      specifiedId: specified === undefined ? null : textOf(specified),
    });
    if (!created.ok) return refuse(created.error);
    return reply(CanisterIdArgs, { canister_id: Principal.fromText(created.value.id) });
  },
});

interface Creation {
  readonly settings: Opt<SettingsValue>;
  readonly sender_canister_version: Opt<bigint>;
  readonly cycles: bigint;
  readonly specifiedId: PrincipalText | null;
}

function createFromArgs(context: ManagementContext, creation: Creation): Result<CanisterState> {
  const { state } = context;
  const [settings] = creation.settings;
  const change = settings === undefined ? ok({}) : readSettings(settings);
  if (!change.ok) return change;
  const id = creation.specifiedId === null ? nextCanisterId(state) : checkSpecifiedId(state, creation.specifiedId);
  if (!id.ok) return id;
  const canister = createCanister({
    id: id.value,
    controllers: [context.sender],
    cycles: creation.cycles,
    time: context.time,
  });
  const problem = settingsProblem(context, canister, change.value);
  if (problem !== null) return fail(problem);
  applySettings(canister, change.value);
  addHistory(canister, {
    time: context.time,
    origin: changeOrigin(context, creation.sender_canister_version),
    details: { kind: 'creation', controllers: [...canister.controllers] },
  });
  if (creation.specifiedId === null) state.canistersCreated += 1n;
  state.canisters.set(canister.id, canister);
  return ok(canister);
}

/** The next id of the subnet's allocation range, or IC0101 when it is used up. */
function nextCanisterId(state: IcState): Result<PrincipalText> {
  if (state.canistersCreated >= CANISTER_IDS_PER_SUBNET) {
    return err('IC0101', 'Could not create canister. Subnet has surpassed its canister ID allocation.');
  }
  return ok(canisterIdFromNumber(state.config.firstCanisterNumber + state.canistersCreated));
}

/** A specified id must be a canister id outside the range that the subnet allocates from, and be free. */
function checkSpecifiedId(state: IcState, id: PrincipalText): Result<PrincipalText> {
  const first = state.config.firstCanisterNumber;
  const number = canisterNumber(id);
  if (number === null) return err('IC0408', `The \`specified_id\` ${id} is invalid because it is not a canister id.`);
  if (number >= first && number < first + CANISTER_IDS_PER_SUBNET) {
    return err(
      'IC0408',
      `The \`specified_id\` ${id} is invalid because it belongs to the canister allocation ranges of the test environment.\n` +
        'Use an id from a range of the mainnet.',
    );
  }
  if (state.canisters.has(id))
    return err('IC0205', `Unsuccessful canister creation: canister id ${id} already exists.`);
  return ok(id);
}

/** What a new canister differs in; everything else starts empty and with default settings. */
export interface NewCanister {
  readonly id: PrincipalText;
  readonly controllers: PrincipalText[];
  readonly cycles: bigint;
  /** Block time, nanoseconds. */
  readonly time: bigint;
}

/** A running canister without code, history or settings of its own. */
export function createCanister({ id, controllers, cycles, time }: NewCanister): CanisterState {
  return {
    id,
    controllers,
    settings: { ...DEFAULT_SETTINGS, environmentVariables: [] },
    status: { kind: 'running' },
    cycles,
    reservedCycles: 0n,
    version: 0n,
    createdAt: time,
    code: null,
    globalTimer: 0n,
    lowMemoryHook: 'condition_not_satisfied',
    callContexts: new Map(),
    nextCallContextId: 0,
    callbacks: new Map(),
    nextCallbackId: 0,
    queues: { ingress: [], fromCanisters: new Map(), senderOrder: [], nextSource: 'canisters', output: [] },
    nextTask: 'message',
    snapshots: new Map(),
    snapshotsMade: 0n,
    history: [],
    historyTotal: 0n,
    logs: [],
    nextLogIndex: 0n,
    chunkStore: new Map(),
    heapDeltaDebit: 0n,
    installDebit: 0n,
    chargedAt: time,
    lastInstalledAt: null,
    checkpointed: null,
  };
}
