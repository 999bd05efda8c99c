/** The developer of the story: what `dfx` and `icp` would do, with `@dfinity/agent` over HTTP and all of its checks. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import {
  Actor,
  type ActorMethod,
  AgentError,
  CertifiedRejectErrorCode,
  type DerEncodedPublicKey,
  HttpAgent,
  type Signature,
  SignIdentity,
  UncertifiedRejectErrorCode,
} from '@dfinity/agent';
import type { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { type ServedIc, serveLocalIc } from 'local-ic/serve';
import { candidText } from '../candid/text.ts';
import { type Answer, type Method, type MethodCall, method } from './call.ts';
import { managementService } from './management.ts';
import type { Network } from './network.ts';
import { type RoundSeen, watchRounds } from './rounds.ts';

/** RFC 8410: a PKCS #8 structure around the 32 bytes of an Ed25519 key. */
const ED25519_PREFIX = '302e020100300506032b657004220420';

/** Everybody can make this key, and it opens nothing but the story. */
const DEVELOPER_KEY = createPrivateKey({
  key: Buffer.from(ED25519_PREFIX + '2a'.repeat(32), 'hex'),
  format: 'der',
  type: 'pkcs8',
});

const DEVELOPER_DER = new Uint8Array(createPublicKey(DEVELOPER_KEY).export({ type: 'spki', format: 'der' }));

class Developer extends SignIdentity {
  getPublicKey() {
    return { toDer: () => DEVELOPER_DER as DerEncodedPublicKey };
  }

  async sign(blob: Uint8Array): Promise<Signature> {
    return new Uint8Array(sign(null, blob, DEVELOPER_KEY)) as Signature;
  }
}

/** Calls the canisters of a network as a user does, and runs the rounds that answers take. */
export class Client {
  readonly network: Network;
  readonly developer: PrincipalText;
  private readonly agent: HttpAgent;
  private readonly served: ServedIc;
  /** Called when the network has accepted a call. */
  private accepted: () => void = () => {};
  /** Of the network, when the agent's clock was last set by it. */
  private syncedAt = 0n;

  private constructor(network: Network, served: ServedIc, agent: HttpAgent) {
    this.network = network;
    this.served = served;
    this.agent = agent;
    this.developer = new Developer().getPrincipal().toText() as PrincipalText;
  }

  /** Serves the network on a free port, and connects to it. */
  static async open(network: Network): Promise<Client> {
    const client: { opened?: Client } = {};
    const served = await serveLocalIc(network.ic, { onAccepted: () => client.opened?.accepted() });
    const agent = await HttpAgent.create({ host: served.url, identity: new Developer(), shouldFetchRootKey: true });
    client.opened = new Client(network, served, agent);
    return client.opened;
  }

  close(): Promise<void> {
    return this.served.close();
  }

  /** Calls a method; for an update, rounds run until nothing is left to do. */
  async ask(call: MethodCall): Promise<Answer> {
    return (await this.watch(call, call.method.canisterId)).answer;
  }

  /** The same, watching a canister in each round that runs. */
  async watch(call: MethodCall, watched: PrincipalText, effective?: PrincipalText): Promise<Watched> {
    await this.syncTime();
    const seen: RoundSeen[] = [];
    this.accepted = () => {
      seen.push(...watchRounds(this.network, watched));
      this.served.ranRounds();
    };
    const answer = await answerOf(call.method, this.actor(call.method, effective)(...call.args));
    this.accepted = () => {};
    return { answer, seen };
  }

  /** Creates a canister and installs a module, as `dfx deploy` does. */
  async deploy(wasm_module: Uint8Array): Promise<PrincipalText> {
    const effective = this.network.ic.defaultEffectiveCanisterId();
    const creation = { amount: [], settings: [], specified_id: [] };
    const created = await this.manage('provisional_create_canister_with_cycles', creation, effective);
    const { canister_id } = created as { canister_id: Principal };
    const canister = canister_id.toText() as PrincipalText;
    const installation = { mode: { install: null }, canister_id, wasm_module, arg: NO_ARGUMENTS };
    await this.manage('install_code', installation, canister);
    return canister;
  }

  /** Adds a controller and keeps those that are there. */
  async addController(canister: PrincipalText, controller: PrincipalText): Promise<void> {
    const present = this.network.ic.canister(canister)?.controllers ?? [];
    const controllers = [...present, controller].map((id) => Principal.fromText(id));
    const argument = { canister_id: Principal.fromText(canister), settings: { controllers: [controllers] } };
    await this.manage('update_settings', argument, canister);
  }

  private async manage(name: string, argument: unknown, effective: PrincipalText): Promise<unknown> {
    const called = method(managementService, 'aaaaa-aa' as PrincipalText, name);
    const { answer } = await this.watch({ method: called, args: [argument] }, effective, effective);
    if (answer.kind === 'reject') throw new Error(`${name} was refused: ${answer.text}`);
    return answer.values[0];
  }

  private actor({ canisterId, service, name }: Method, effective = canisterId): ActorMethod {
    const effectiveCanisterId = Principal.fromText(effective);
    const actor = Actor.createActor(() => service, { agent: this.agent, canisterId, effectiveCanisterId });
    return actor[name]!;
  }

  /** The agent goes by this machine's clock until the network tells it how far that is off. */
  private async syncTime(): Promise<void> {
    const now = this.network.ic.time();
    if (now - this.syncedAt < TOLERATED_NANOS) return;
    await this.agent.syncTime(Principal.fromText(this.network.ic.defaultEffectiveCanisterId()));
    this.syncedAt = now;
  }
}

export interface Watched {
  readonly answer: Answer;
  readonly seen: readonly RoundSeen[];
}

/** Certificates may be five minutes old or ahead. */
const TOLERATED_NANOS = 60n * 1_000_000_000n;

const NO_ARGUMENTS = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);

async function answerOf({ types }: Method, called: Promise<unknown>): Promise<Answer> {
  try {
    const value = await called;
    const values = valuesOf(types.retTypes, value);
    return { kind: 'reply', values, text: candidText(types.retTypes, values) };
  } catch (error) {
    return { kind: 'reject', text: rejectText(error) };
  }
}

/** An actor gives one value bare, and none as undefined. */
function valuesOf(types: readonly IDL.Type[], value: unknown): readonly unknown[] {
  if (types.length === 0) return [];
  return types.length === 1 ? [value] : (value as unknown[]);
}

/** Throws what is not a refusal of the IC or of a canister. */
function rejectText(error: unknown): string {
  const code = error instanceof AgentError ? error.code : undefined;
  const isReject = code instanceof CertifiedRejectErrorCode || code instanceof UncertifiedRejectErrorCode;
  if (!isReject) throw error;
  const { rejectCode, rejectErrorCode, rejectMessage } = code;
  return `reject code ${rejectCode}${rejectErrorCode ? `, ${rejectErrorCode}` : ''}: ${rejectMessage}`;
}
