/** The two servers that are fuzzed: what is sent to them, who watches, and how they are left clean. */
import fc from 'fast-check';
import { Cbor } from 'icp-sdk-core-6/agent';
import { Principal } from 'icp-sdk-core-6/principal';
import { counterWasm, countIn, NO_ARGUMENTS } from '../counter.ts';
import { connect, deploy } from '../deploy.ts';
import { anonymousEnvelope, callContent, signerOf } from '../envelopes.ts';
import { createClient, type HttpAnswer, type HttpClient } from '../http.ts';
import { parrotWasm } from '../parrot.ts';
import { type Server, startNetwork, startPocketIc } from '../processes.ts';
import { apiShots, poolOf } from './api-shots.ts';
import { type Bystander, startBystander, statusProblem, type Wish } from './bystander.ts';
import { pageShots } from './page-shots.ts';
import { restShots } from './rest-shots.ts';
import type { Shot } from './shot.ts';

export interface Target {
  readonly name: string;
  readonly server: Server;
  readonly bystander: Bystander;
  /** Requests of one batch; number 0 is the first. */
  shots(batch: number): Promise<fc.Arbitrary<Shot>>;
  /** Undoes what a request has made that would otherwise pile up. */
  after(shot: Shot, answer: HttpAnswer): Promise<void>;
  /** What is not as it should be at the end. */
  problems(): Promise<string[]>;
}

const CBOR = { 'content-type': 'application/cbor' };

function post(path: string, body: Uint8Array, headers = CBOR) {
  return { method: 'POST', path, headers, body };
}

async function count(client: HttpClient, canister: Principal): Promise<number> {
  const content = callContent({ type: 'query', canister, method: 'get', arg: NO_ARGUMENTS });
  const { body } = await client.send(post(`/api/v3/canister/${canister}/query`, anonymousEnvelope(content)));
  return countIn(Cbor.decode<{ reply: { arg: Uint8Array } }>(new Uint8Array(body)).reply.arg);
}

/** `local-ic start`. */
export async function networkTarget(): Promise<Target> {
  const server = await startNetwork('--seed', 'fuzz');
  const agent = await connect(server.url);
  const [open, signed, watched] = await Promise.all([1, 2, 3].map(async () => deploy(agent, await counterWasm())));
  if (open === undefined || signed === undefined || watched === undefined) throw new Error('three were deployed');
  const parrot = await deploy(agent, await parrotWasm());
  const subnet = Principal.selfAuthenticating(new Uint8Array(agent.rootKey ?? []));
  const [client, signer] = [createClient(server.url), signerOf('fuzz')];
  const sent = { adds: 0, watched: 0 };
  const wishes = (): Wish[] => {
    const nonce = Buffer.from(`bystander ${sent.watched}`);
    sent.watched += 1;
    const add = callContent({ type: 'call', canister: watched, method: 'add', arg: NO_ARGUMENTS, nonce });
    const get = callContent({ type: 'query', canister: watched, method: 'get', arg: NO_ARGUMENTS });
    const path = `/api/v3/canister/${watched}`;
    return [
      { request: { method: 'GET', path: '/api/v2/status' }, problem: statusProblem },
      { request: post(`${path}/call`, anonymousEnvelope(add)), problem: statusProblem },
      { request: post(`${path}/query`, anonymousEnvelope(get)), problem: statusProblem },
    ];
  };
  return {
    name: 'network',
    server,
    bystander: startBystander(createClient(server.url), wishes),
    async shots(batch) {
      const target = { prefix: '', open, signed, subnet, signer, batch };
      const pool = poolOf(target);
      // Each of them once as it is, so that it is known what has to be counted.
      for (const { body } of pool.adds) await client.send(post(`/api/v3/canister/${signed}/call`, body));
      sent.adds += pool.adds.length;
      return fc.oneof({ arbitrary: apiShots(target, pool), weight: 4 }, { arbitrary: pageShots(parrot), weight: 1 });
    },
    after: async () => undefined,
    async problems() {
      const counted = [await count(client, signed), await count(client, watched)];
      client.close();
      const names = ['calls that were signed', 'calls of the bystander'];
      return [sent.adds, sent.watched].flatMap((expected, index) =>
        counted[index] === expected ? [] : [`${expected} ${names[index]} were counted as ${counted[index]}`],
      );
    },
  };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const json = (path: string, body: unknown) => ({
  method: 'POST',
  path,
  headers: JSON_TYPE,
  body: Buffer.from(JSON.stringify(body)),
});
const ONE_SUBNET = { subnet_config_set: { application: [{ state_config: 'New', instruction_config: 'Production' }] } };

async function createInstance(client: HttpClient): Promise<number> {
  const { body } = await client.send(json('/instances', ONE_SUBNET));
  return JSON.parse(Buffer.from(body).toString()).Created.instance_id;
}

interface Used {
  readonly instance: number;
  readonly open: Principal;
  readonly signed: Principal;
  readonly subnet: Principal;
}

/** Live while its canisters are made; stepped by whoever asks from then on. */
async function deployInstance(url: string, client: HttpClient): Promise<Used> {
  const instance = await createInstance(client);
  const prefix = `/instances/${instance}`;
  await client.send(json(`${prefix}/auto_progress`, {}));
  const agent = await connect(`${url}${prefix}`);
  const module = await counterWasm();
  const [open, signed] = [await deploy(agent, module), await deploy(agent, module)];
  await client.send({ method: 'POST', path: `${prefix}/stop_progress` });
  const subnet = Principal.selfAuthenticating(new Uint8Array(agent.rootKey ?? []));
  return { instance, open, signed, subnet };
}

/** Batches after which the fuzzed instance is replaced, so that what it has gone through stays bounded. */
const BATCHES_OF_AN_INSTANCE = 10;

/** `pocket-ic`, with an instance that is replaced now and then. */
export async function pocketIcTarget(): Promise<Target> {
  const server = await startPocketIc();
  const client = createClient(server.url);
  const watched = await createInstance(client);
  const wishes = (): Wish[] => [
    { request: { method: 'GET', path: '/status' }, problem: statusProblem },
    { request: { method: 'GET', path: `/instances/${watched}/read/get_time` }, problem: statusProblem },
    { request: json(`/instances/${watched}/update/tick`, {}), problem: statusProblem },
  ];
  const state = { used: null as Used | null };
  const drop = async (instance: number) => client.send({ method: 'DELETE', path: `/instances/${instance}` });
  return {
    name: 'pocket-ic',
    server,
    bystander: startBystander(createClient(server.url), wishes),
    async shots(batch) {
      if (batch % BATCHES_OF_AN_INSTANCE === 0) {
        if (state.used !== null) await drop(state.used.instance);
        state.used = await deployInstance(server.url, client);
      }
      const used = state.used as Used;
      const target = { ...used, prefix: `/instances/${used.instance}`, signer: signerOf('fuzz'), batch };
      const pool = poolOf(target);
      // Its calls would wait for a round that nobody runs.
      const calls = ({ kind }: { kind: string }) => kind !== 'call';
      const unhurried = { ...pool, signed: pool.signed.filter(calls), anonymous: pool.anonymous.filter(calls) };
      return fc.oneof(
        { arbitrary: restShots({ instance: used.instance, canister: used.open }), weight: 3 },
        { arbitrary: apiShots(target, unhurried), weight: 1 },
      );
    },
    async after({ request }, { status, body }) {
      const made = () => JSON.parse(Buffer.from(body).toString()).Created.instance_id as number;
      if (status === 201 && request.path === '/instances') await drop(made());
      if (status === 201 && request.path === '/http_gateway')
        await client.send(json(`/http_gateway/${made()}/stop`, {}));
    },
    async problems() {
      client.close();
      return [];
    },
  };
}
