/**
 * One client, in a thread of its own: does one thing again and again for a while, and gives how long each took.
 * Its argument is `ClientTask`, its message the milliseconds.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Actor, type HttpAgent } from 'icp-sdk-core-6/agent';
import { Ed25519KeyIdentity } from 'icp-sdk-core-6/identity';
import { Principal } from 'icp-sdk-core-6/principal';
import { counterService, NO_ARGUMENTS } from '../counter.ts';
import { connect } from '../deploy.ts';
import { callContent, signerOf } from '../envelopes.ts';
import { createClient } from '../http.ts';

export interface ClientTask {
  /**
   * `echo` posts as many bytes as an update has; `update` and `query` go through agent-js with all its checks on;
   * `unchecked` are signed updates whose certificate nobody looks at: what is left is the server's own time.
   */
  readonly kind: 'echo' | 'query' | 'update' | 'unchecked';
  readonly url: string;
  readonly canister: string;
  /** No other client has it. */
  readonly name: string;
  readonly milliseconds: number;
  /** Calls that are made before times are taken. */
  readonly warmUp: number;
}

const CBOR = { 'content-type': 'application/cbor' };

async function run(task: ClientTask): Promise<number[]> {
  const once = await act(task);
  for (let call = 0; call < task.warmUp; call += 1) await once(call);
  const times: number[] = [];
  const end = performance.now() + task.milliseconds;
  for (let start = performance.now(); start < end; start = performance.now()) {
    await once(task.warmUp + times.length);
    times.push(performance.now() - start);
  }
  return times;
}

/** What is done; its number makes a call another one than the last. */
async function act(task: ClientTask): Promise<(call: number) => Promise<unknown>> {
  if (task.kind === 'echo' || task.kind === 'unchecked') return post(task);
  const agent = await connect(task.url, { identity: Ed25519KeyIdentity.generate() });
  const actor = counterOf(agent, task.canister);
  return task.kind === 'query' ? () => actor.get() : () => actor.add();
}

interface Counter {
  add(): Promise<void>;
  get(): Promise<number>;
}

function counterOf(agent: HttpAgent, canisterId: string): Counter {
  return Actor.createActor(counterService, { agent, canisterId }) as unknown as Counter;
}

function post({ kind, url, canister, name }: ClientTask): (call: number) => Promise<void> {
  const client = createClient(url);
  const signer = signerOf(name);
  const id = Principal.fromText(canister);
  return async (call) => {
    const nonce = Buffer.from(`${name} ${call}`);
    const body = signer.envelope(callContent({ type: 'call', canister: id, method: 'add', arg: NO_ARGUMENTS, nonce }));
    const path = `/api/v4/canister/${canister}/call`;
    const answer = await client.send({ method: 'POST', path, headers: CBOR, body });
    if (answer.status !== 200) throw new Error(`${kind} was answered ${answer.status}: ${Buffer.from(answer.body)}`);
  };
}

const times = await run(workerData as ClientTask);
parentPort?.postMessage(times);
