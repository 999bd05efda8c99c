/** Requests of PocketIC's REST API that are wrong in one way or another, or right. */
import fc from 'fast-check';
import type { Principal } from 'icp-sdk-core-6/principal';
import { NO_ARGUMENTS } from '../counter.ts';
import { changes, mutated } from './mutate.ts';
import { ANY_KIND, type Shot } from './shot.ts';

export interface RestTarget {
  readonly instance: number;
  readonly canister: Principal;
}

interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  /** Statuses of the request as it stands. */
  readonly good: readonly number[];
  /** A failure of the machine that is told as such. */
  readonly also?: readonly number[];
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const ONE_SUBNET = { subnet_config_set: { application: [{ state_config: 'New', instruction_config: 'Production' }] } };

function routes({ instance, canister }: RestTarget): readonly Route[] {
  const canister_id = base64(canister.toUint8Array());
  const call = {
    sender: base64(Uint8Array.of(4)),
    canister_id,
    effective_principal: 'None',
    method: 'get',
    payload: base64(NO_ARGUMENTS),
  };
  const own = (path: string) => `/instances/${instance}/${path}`;
  const ask = (path: string, body: object, good: readonly number[] = [200]): Route => ({
    method: 'POST',
    path: own(path),
    body,
    good,
  });
  return [
    { method: 'GET', path: '/status', good: [200] },
    { method: 'GET', path: '/instances', good: [200] },
    { method: 'GET', path: '/http_gateway', good: [200] },
    { method: 'GET', path: '/api.json', good: [400] },
    { method: 'GET', path: '/read_graph/label/operation', good: [404] },
    { method: 'GET', path: `/blobstore/${'0'.repeat(64)}`, good: [404] },
    { method: 'POST', path: '/blobstore', body: call, good: [200] },
    { method: 'POST', path: '/instances', body: ONE_SUBNET, good: [201] },
    {
      method: 'POST',
      path: '/http_gateway',
      body: { forward_to: { PocketIcInstance: instance } },
      good: [201],
      also: [502],
    },
    { method: 'POST', path: '/http_gateway/1000000/stop', good: [400] },
    { method: 'DELETE', path: '/instances/1000000', good: [400] },
    { method: 'GET', path: own('_/topology'), good: [200] },
    { method: 'GET', path: own('read/get_time'), good: [200] },
    { method: 'GET', path: own('read/get_canister_http'), good: [200] },
    { method: 'GET', path: own('auto_progress'), good: [200] },
    ask('auto_progress', { artificial_delay_ms: 1_000 }, [200, 400]),
    { method: 'POST', path: own('stop_progress'), good: [200] },
    ask('read/query', call),
    ask('read/get_controllers', { canister_id }),
    ask('read/get_cycles', { canister_id }),
    ask('read/get_stable_memory', { canister_id }),
    ask('read/get_subnet', { canister_id }),
    ask('read/pub_key', { subnet_id: canister_id }, [400]),
    ask(
      'read/ingress_status',
      { raw_message_id: { effective_principal: 'None', message_id: canister_id } },
      [200, 400],
    ),
    ask('update/submit_ingress_message', { ...call, method: 'add' }),
    ask('update/await_ingress_message', { effective_principal: 'None', message_id: canister_id }, [400]),
    ask('update/tick', { blockmakers: [] }),
    ask('update/set_time', { nanos_since_epoch: 1 }, [400]),
    ask('update/set_certified_time', { nanos_since_epoch: 1 }, [400]),
    ask('update/add_cycles', { canister_id, amount: 1 }),
    ask('update/set_stable_memory', { canister_id, blob_id: base64(new Uint8Array(32)) }, [400]),
    ask('update/mock_canister_http', {}, [400]),
    { method: 'POST', path: '/verify_signature', body: {}, good: [400] },
  ];
}

const JSON_TYPE = { 'content-type': 'application/json' };
const OTHER_METHODS = ['PUT', 'PATCH', 'OPTIONS'];

/** All routes mixed: bodies right, changed, of another shape, or not JSON at all. */
export function restShots(target: RestTarget): fc.Arbitrary<Shot> {
  const route = fc.constantFrom(...routes(target));
  const withBody = fc.constantFrom(...routes(target).filter(({ body }) => body !== undefined));
  return fc.oneof(
    { arbitrary: route.map((one) => shot(one, 'good', one.good, bodyOf(one))), weight: 3 },
    { arbitrary: withBody.chain((one) => changed(one)), weight: 8 },
    { arbitrary: withBody.chain((one) => otherValues(one)), weight: 8 },
    { arbitrary: withBody.chain((one) => bytes(one)), weight: 3 },
    { arbitrary: fc.tuple(route, fc.constantFrom(...OTHER_METHODS)).map(otherMethod), weight: 2 },
    { arbitrary: otherPaths, weight: 2 },
  );
}

function shot(route: Route, name: string, allowed: readonly number[], body?: Uint8Array): Shot {
  const { method, path, also = [] } = route;
  const headers = body === undefined ? {} : { headers: JSON_TYPE, body };
  return {
    name: `${method} ${path.replace(/\d{3,}|(?<=instances\/)\d+/, 'n')}/${name}`,
    request: { method, path, ...headers },
    allowed: [...allowed, ...also],
  };
}

const bodyOf = ({ body }: Route) => (body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
const MAYBE = [...ANY_KIND, 201];

function changed(route: Route): fc.Arbitrary<Shot> {
  const body = bodyOf(route) as Uint8Array;
  return changes.map((list) => shot(route, 'some bytes changed', MAYBE, mutated(body, list)));
}

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme-ascii' }),
  fc.maxSafeNat(),
  fc.base64String({ maxLength: 60 }),
);

/** The fields with other values. */
function otherValues(route: Route): fc.Arbitrary<Shot> {
  const names = Object.keys(route.body ?? {});
  const fields = fc.dictionary(fc.constantFrom(...names, 'x'), value, { noNullPrototype: true });
  return fields.map((some) =>
    shot(route, 'other values', MAYBE, Buffer.from(JSON.stringify({ ...route.body, ...some }))),
  );
}

function bytes(route: Route): fc.Arbitrary<Shot> {
  const allowed = route.path === '/blobstore' ? [200] : [400];
  // The first byte is none of UTF-8.
  return fc
    .uint8Array({ maxLength: 200 })
    .map((body) => shot(route, 'any bytes', allowed, Uint8Array.of(0xff, ...body)));
}

function otherMethod([route, method]: readonly [Route, string]): Shot {
  const request = { method, path: route.path };
  return { name: `${route.path.replace(/\d+/, 'n')}/other method`, request, allowed: [405] };
}

const part = fc.string({ maxLength: 12, unit: 'grapheme-ascii' }).map(encodeURIComponent);

const otherPaths: fc.Arbitrary<Shot> = fc
  .tuple(
    fc.constantFrom(
      '/',
      '/instances/',
      '/instances/0/',
      '/read_graph/',
      '/http_gateway/',
      '/blobstore/',
      '/prune_graph/',
    ),
    fc.array(part, { maxLength: 4 }),
    fc.constantFrom('GET', 'POST'),
  )
  .map(([start, end, method]) => ({
    name: 'other paths',
    request: { method, path: `${start}${end.join('/')}` },
    allowed: [...MAYBE, 405],
  }));
