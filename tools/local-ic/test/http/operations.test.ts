import { beforeEach, describe, expect, test } from 'vitest';
import { encodeBase64 } from '../../src/http/encoding.ts';
import { encodePrincipal } from '../../src/http/principals.ts';
import { canisterIdFromNumber } from '../../src/principal.ts';
import { call, canister, json, message, ONE_SUBNET, type TestApi, testApi } from './client.ts';
import { ECHO, SUBNET } from './fake.ts';

const UNKNOWN = canisterIdFromNumber(1n);
const START = '1620328630000000000';

let ic: TestApi;
beforeEach(async () => {
  ic = testApi();
  await ic.send('POST', '/instances', ONE_SUBNET);
});
const post = (path: string, body?: unknown) => ic.send('POST', `/instances/0/${path}`, body);
const get = (path: string) => ic.send('GET', `/instances/0/${path}`);

describe('time', () => {
  test('is printed with all its digits', async () => {
    const answer = await get('read/get_time');
    expect(answer.body).toBe(`{"nanos_since_epoch":${START}}`);
  });

  test('is set exactly, and answers null', async () => {
    const set = await post('update/set_time', '{"nanos_since_epoch":1620328630000000001}');
    expect([set.status, set.body]).toEqual([200, 'null']);
    expect((await get('read/get_time')).body).toBe('{"nanos_since_epoch":1620328630000000001}');
  });

  test('cannot be set into the past', async () => {
    for (const path of ['update/set_time', 'update/set_certified_time']) {
      const answer = await post(path, '{"nanos_since_epoch":1}');
      expect(answer.status).toBe(400);
      expect(message(answer)).toContain('SettingTimeIntoPast');
    }
  });

  test.each(['1.5', '-1', '"1"', 'null', '1e18', '18446744073709551616'])('%s is not a time', async (text) => {
    const answer = await post('update/set_time', `{"nanos_since_epoch":${text}}`);
    expect(answer.status).toBe(400);
    expect(message(answer)).toContain('nanos_since_epoch: expected a whole number');
  });

  test('a tick answers null, with a body, without one and with a trailing slash', async () => {
    for (const [path, body] of [
      ['update/tick', {}],
      ['update/tick', undefined],
      ['update/tick/', { blockmakers: null }],
      ['update/tick', { blockmakers: [] }],
    ] as const) {
      const answer = await post(path, body);
      expect([answer.status, answer.body]).toEqual([200, 'null']);
    }
    expect(message(await post('update/tick', { blockmakers: [{}] }))).toContain('blockmakers');
  });
});

describe('calls', () => {
  test('submit gives the id that await and ingress_status take', async () => {
    const submitted = json(await post('update/submit_ingress_message', call('echo', 'hi'))) as { Ok: object };
    expect(submitted).toEqual({
      Ok: {
        effective_principal: { SubnetId: encodePrincipal(SUBNET) },
        message_id: encodeBase64(new Uint8Array(32).fill(1)),
      },
    });
    expect(json(await post('read/ingress_status', { raw_message_id: submitted.Ok }))).toBeNull();
    expect(json(await post('update/await_ingress_message', submitted.Ok))).toEqual({ Ok: btoa('hi') });
    expect(json(await post('read/ingress_status', { raw_message_id: submitted.Ok }))).toEqual({ Ok: btoa('hi') });
  });

  test('a refusal at the door is a result that is not certified', async () => {
    const answer = await post('update/submit_ingress_message', call('echo', 'hi', UNKNOWN));
    expect(answer.status).toBe(200);
    expect(json(answer)).toEqual({
      Err: {
        reject_code: 'DestinationInvalid',
        reject_message: 'no such canister',
        error_code: 'CanisterNotFound',
        certified: false,
      },
    });
  });

  test('a reject of an executed update is certified, of a query it is not', async () => {
    const submitted = json(await post('update/submit_ingress_message', call('other'))) as { Ok: object };
    const reject = {
      reject_code: 'CanisterError',
      reject_message: "no method 'other'",
      error_code: 'CanisterMethodNotFound',
    };
    expect(json(await post('update/await_ingress_message', submitted.Ok))).toEqual({
      Err: { ...reject, certified: true },
    });
    expect(json(await post('read/query', call('other')))).toEqual({ Err: { ...reject, certified: false } });
  });

  test('a message nobody sent is not answered', async () => {
    const answer = await post('update/await_ingress_message', { message_id: encodeBase64(new Uint8Array(32)) });
    expect(answer.status).toBe(400);
    expect(message(answer)).toContain('Failed to answer to ingress');
  });

  test('every form of the effective principal is read', async () => {
    for (const effective_principal of [
      'None',
      undefined,
      { SubnetId: encodePrincipal(SUBNET) },
      { CanisterId: encodePrincipal(ECHO) },
    ]) {
      expect(json(await post('read/query', { ...call('echo'), effective_principal }))).toEqual({ Ok: btoa('hello') });
    }
    const other = await post('read/query', {
      ...call('echo'),
      effective_principal: { SubnetId: encodePrincipal(ECHO) },
    });
    expect([other.status, message(other)]).toEqual([400, expect.stringContaining('SubnetNotFound')]);
    const wrong = await post('read/query', { ...call('echo'), effective_principal: { Nobody: '' } });
    expect([wrong.status, message(wrong)]).toEqual([400, expect.stringContaining('effective_principal')]);
  });

  test('sender_info is refused, not ignored', async () => {
    const answer = await post('read/query', { ...call('echo'), sender_info: { info: '', signer: '' } });
    expect([answer.status, message(answer)]).toEqual([400, expect.stringContaining('sender_info')]);
  });
});

describe('what an operator sees', () => {
  test('cycles above 2^53 are exact', async () => {
    expect((await post('read/get_cycles', canister())).body).toBe('{"cycles":1000000000000000000}');
    const added = await post(
      'update/add_cycles',
      JSON.stringify(canister()).replace('}', ',"amount":9007199254740993}'),
    );
    expect(added.body).toBe('{"cycles":1009007199254740993}');
    const small = await post('update/add_cycles', { ...canister(), amount: 7 });
    expect(small.body).toBe('{"cycles":1009007199254741000}');
  });

  test('an unknown canister is named CanisterNotFound', async () => {
    for (const path of ['read/get_cycles', 'read/get_controllers', 'read/get_stable_memory']) {
      const answer = await post(path, canister(UNKNOWN));
      expect([answer.status, message(answer)]).toEqual([400, expect.stringContaining('CanisterNotFound')]);
    }
    expect((await post('read/get_subnet', canister(UNKNOWN))).body).toBe('null');
  });

  test('controllers, subnet, key, outcalls and topology have their forms', async () => {
    expect(json(await post('read/get_controllers', canister()))).toEqual([{ principal_id: 'BA==' }]);
    expect(json(await post('read/get_subnet', canister()))).toEqual({ subnet_id: encodePrincipal(SUBNET) });
    expect(json(await post('read/pub_key', { subnet_id: encodePrincipal(SUBNET) }))).toEqual(new Array(133).fill(7));
    expect(json(await get('read/get_canister_http'))).toEqual([]);
    expect(json(await get('_/topology'))).toEqual({
      subnet_configs: {
        [SUBNET]: {
          subnet_kind: 'Application',
          subnet_seed: new Array(32).fill(0),
          instruction_config: 'Production',
          canister_ranges: [{ start: canister(), end: canister(canisterIdFromNumber(0xffff_ffff_ffef_ffffn)) }],
        },
      },
      default_effective_canister_id: canister(),
    });
  });

  test('stable memory goes by a blob, plain or gzip', async () => {
    const { gzipSync } = await import('node:zlib');
    for (const [bytes, headers] of [
      [Buffer.from('plain'), {}],
      [gzipSync('packed'), { 'content-encoding': 'gzip' }],
    ] as const) {
      const id = String((await ic.send('POST', '/blobstore', new Uint8Array(bytes), headers)).body);
      expect(id).toMatch(/^[0-9a-f]{64}$/);
      const downloaded = await ic.send('GET', `/blobstore/${id}`);
      expect(Buffer.from(downloaded.body as Uint8Array).equals(bytes)).toBe(true);
      const set = await post('update/set_stable_memory', {
        ...canister(),
        blob_id: encodeBase64(Buffer.from(id, 'hex')),
      });
      expect([set.status, set.body]).toEqual([200, 'null']);
    }
    expect(json(await post('read/get_stable_memory', canister()))).toEqual({ blob: btoa('packed') });
  });

  test('a blob that is not there, or not gzip, is refused', async () => {
    const missing = await post('update/set_stable_memory', {
      ...canister(),
      blob_id: encodeBase64(new Uint8Array(32)),
    });
    expect([missing.status, message(missing)]).toEqual([400, expect.stringContaining('no such blob')]);
    const id = String((await ic.send('POST', '/blobstore', 'not gzip', { 'content-encoding': 'gzip' })).body);
    const broken = await post('update/set_stable_memory', {
      ...canister(),
      blob_id: encodeBase64(Buffer.from(id, 'hex')),
    });
    expect([broken.status, message(broken)]).toEqual([400, expect.stringContaining('cannot be unpacked')]);
    expect((await ic.send('GET', `/blobstore/${'0'.repeat(64)}`)).status).toBe(404);
    expect((await ic.send('POST', '/blobstore', 'x', { 'content-encoding': 'br' })).status).toBe(400);
  });
});

describe('malformed requests', () => {
  test.each([
    ['read/query', '{', 'not JSON'],
    ['read/query', '[]', 'expected a JSON object'],
    ['read/query', '"text"', 'expected a JSON object'],
    ['read/query', new Uint8Array([0xff, 0xfe]), 'not UTF-8'],
    ['read/query', {}, 'sender: expected a string'],
    ['read/query', { ...call('echo'), payload: 'a' }, 'payload: expected standard base64'],
    ['read/query', { ...call('echo'), payload: 'aa__' }, 'payload: expected standard base64'],
    ['read/query', { ...call('echo'), method: 7 }, 'method: expected a string'],
    ['read/query', { ...call('echo'), canister_id: encodeBase64(new Uint8Array(30)) }, 'at most 29 bytes'],
    ['read/get_cycles', { canister_id: null }, 'canister_id: expected a string'],
    ['read/query', '['.repeat(1_000_000), 'too many values'],
    ['read/query', `{"sender":[${'{},'.repeat(1_000_000)}{}]}`, 'too many values'],
    ['read/query', '['.repeat(90_000), 'not JSON'],
    ['update/set_time', ' '.repeat(70_000), 'more than 65536 bytes'],
    ['update/add_cycles', { ...canister(), amount: -1 }, 'amount: expected a whole number'],
    ['read/ingress_status', {}, 'raw_message_id: expected a JSON object'],
    ['read/ingress_status', { raw_message_id: { message_id: '' }, raw_caller: 'BA==' }, 'raw_caller'],
    ['read/pub_key', { subnet_id: encodePrincipal(ECHO) }, 'SubnetNotFound'],
  ])('%s %.40j: %s', async (path, body, text) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(400);
    expect(message(answer)).toContain(text);
  });

  test('a bug in the engine is 500 for its request, and nothing else is hurt', async () => {
    const answer = await post('read/query', call('break'));
    expect([answer.status, message(answer)]).toEqual([
      500,
      expect.stringContaining('a bug in local-ic: TypeError: a bug'),
    ]);
    expect(json(await post('read/query', call('echo')))).toEqual({ Ok: btoa('hello') });
  });
});
