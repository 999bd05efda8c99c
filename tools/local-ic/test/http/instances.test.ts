import { decode } from 'cbor2';
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/http/answer.ts';
import type { Listen } from '../../src/http/gateways.ts';
import type { InstanceHost } from '../../src/http/instance-host.ts';
import type { RequestHandler } from '../../src/http/request.ts';
import { call, json, message, ONE_SUBNET, testApi } from './client.ts';

describe('creating an instance', () => {
  test.each([
    ['as client 0.23 asks', ONE_SUBNET],
    [
      'as client 0.16 asks',
      {
        subnet_config_set: {
          application: [{ dts_flag: 'Enabled', instruction_config: 'Production', state_config: 'New' }],
          system: [],
        },
      },
    ],
    ['with nothing', undefined],
    [
      'with fields nobody knows',
      { ...ONE_SUBNET, unheard_of: true, log_level: 'error', disable_ingress_validation: true },
    ],
    ['with empty features', { ...ONE_SUBNET, icp_features: {}, icp_config: {} }],
  ])('%s', async (_name, body) => {
    const { send } = testApi();
    const answer = await send('POST', '/instances', body);
    expect(answer.status).toBe(201);
    expect(json(answer)).toEqual({
      Created: {
        instance_id: 0,
        topology: json(await send('GET', '/instances/0/_/topology')),
        http_gateway_info: null,
      },
    });
  });

  test('starts at the time that was asked for', async () => {
    const { send } = testApi();
    await send('POST', '/instances', '{"initial_time":{"Timestamp":{"nanos_since_epoch":1700000000000000001}}}');
    expect((await send('GET', '/instances/0/read/get_time')).body).toBe('{"nanos_since_epoch":1700000000000000001}');
  });

  const spec = ONE_SUBNET.subnet_config_set.application[0];
  test.each([
    [{ ...ONE_SUBNET, icp_features: { ii: 'DefaultConfig' } }, 'icp_features'],
    [{ subnet_config_set: { nns: spec } }, '"nns"'],
    [{ subnet_config_set: { application: [spec], system: [spec] } }, '"system"'],
    [{ subnet_config_set: { application: [spec, spec] } }, 'exactly one entry, not 2'],
    [{ subnet_config_set: { application: [] } }, 'exactly one entry, not 0'],
    [{ subnet_config_set: { application: [{ ...spec, state_config: { FromPath: '/tmp/x' } }] } }, 'from a path'],
    [{ subnet_config_set: { application: [{ ...spec, instruction_config: 'Benchmarking' }] } }, 'Benchmarking'],
    [
      { subnet_config_set: { application: [{ ...spec, cost_schedule: 'Half' }] } },
      'cost_schedule: expected "Normal" or "Free"',
    ],
    [{ ...ONE_SUBNET, state_dir: '/tmp/x' }, 'state_dir'],
    [{ ...ONE_SUBNET, icp_config: { beta_features: 'Enabled' } }, 'beta_features'],
    [{ ...ONE_SUBNET, initial_time: 'now' }, 'initial_time'],
    ['{', 'not JSON'],
  ])('%j is refused', async (body, text) => {
    const { send } = testApi();
    const answer = await send('POST', '/instances', body);
    expect(answer.status).toBe(400);
    expect((json(answer) as { Error: { message: string } }).Error.message).toContain(text);
    expect(json(await send('GET', '/instances'))).toEqual([]);
  });
});

describe('several instances', () => {
  test('are apart, are listed, and their numbers are not used again', async () => {
    const { send } = testApi();
    await send('POST', '/instances', ONE_SUBNET);
    await send('POST', '/instances', ONE_SUBNET);
    await send('POST', '/instances/1/update/set_time', '{"nanos_since_epoch":1700000000000000000}');
    expect((await send('GET', '/instances/0/read/get_time')).body).toContain('1620328630000000000');
    expect((await send('DELETE', '/instances/0')).status).toBe(200);
    expect(json(await send('GET', '/instances'))).toEqual(['Deleted', 'Available']);
    expect((await send('GET', '/instances/1/read/get_time')).body).toContain('1700000000000000000');
    expect(json(await send('POST', '/instances', ONE_SUBNET))).toMatchObject({ Created: { instance_id: 2 } });
  });

  test.each(['0', '7', 'x', '-1', '1.5', ''])('instance "%s" is refused when it is not there', async (id) => {
    const { send } = testApi();
    await send('POST', '/instances', ONE_SUBNET);
    await send('DELETE', '/instances/0');
    const answer = await send('GET', `/instances/${id}/read/get_time`);
    expect(answer.status).toBe(id === '' ? 404 : 400);
    if (id !== '') expect(message(answer)).toMatch(/instance/i);
    expect((await send('DELETE', `/instances/${id}`)).status).toBe(id === '' ? 405 : 400);
  });
});

describe('routes', () => {
  test('unknown ones are 404 without a body, wrong methods 405', async () => {
    const { send } = testApi();
    await send('POST', '/instances', ONE_SUBNET);
    for (const url of [
      '/',
      '/nothing',
      '/instances/0/read/nothing',
      '/instances/0/live/start',
      '//',
      '/instances/0/read',
    ]) {
      expect(await send('GET', url)).toMatchObject({ status: 404, body: '' });
    }
    expect((await send('GET', '/instances/0/update/tick')).status).toBe(405);
    expect(await send('GET', '/status')).toMatchObject({ status: 200, body: '' });
    expect(await send('GET', '/status/?x=1')).toMatchObject({ status: 200, body: '' });
  });

  test.each([
    ['POST', '/instances/0/update/mock_canister_http', 'HTTP outcalls'],
    ['POST', '/verify_signature', 'signatures'],
    ['GET', '/instances/0/_/dashboard', 'dashboard'],
  ])('%s %s is refused with its reason', async (method, url, reason) => {
    const { send } = testApi();
    await send('POST', '/instances', ONE_SUBNET);
    const answer = await send(method, url);
    expect([answer.status, message(answer)]).toEqual([400, expect.stringContaining(reason)]);
  });
});

describe('the public API of an instance', () => {
  test('answers its status in CBOR, to pages of any origin', async () => {
    const { send } = testApi();
    await send('POST', '/instances', ONE_SUBNET);
    const answer = await send('GET', '/instances/0/api/v2/status');
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/cbor', 'access-control-allow-origin': '*' },
    });
    expect(decode(answer.body as Uint8Array)).toMatchObject({
      root_key: new Uint8Array(133).fill(7),
      replica_health_status: 'healthy',
    });
    expect((await send('OPTIONS', '/instances/0/api/v4/canister/aaaaa-aa/call')).status).toBe(200);
  });

  const CBOR = { 'content-type': 'application/cbor' };
  test.each<[string, string, Record<string, string>, number]>([
    ['GET', 'v3/status', {}, 404],
    ['POST', 'v2/status', CBOR, 405],
    ['POST', 'v3/subnet/aaaaa-aa/call', CBOR, 404],
    ['POST', 'v4/canister/aaaaa-aa/query', CBOR, 404],
    ['GET', 'v2/canister/aaaaa-aa/query', CBOR, 405],
    ['POST', 'v2/canister/aaaaa-aa/query', {}, 400],
    ['POST', 'v2/canister/no-principal/query', CBOR, 400],
  ])('%s %s with %j is answered %i', async (method, path, headers, status) => {
    const { send } = testApi();
    await send('POST', '/instances', ONE_SUBNET);
    const body = method === 'GET' ? undefined : Uint8Array.of(0xa0);
    expect((await send(method, `/instances/0/api/${path}`, body, headers)).status).toBe(status);
  });

  test('an unknown instance has none', async () => {
    const { send } = testApi();
    expect((await send('GET', '/instances/0/api/v2/status')).status).toBe(400);
  });
});

describe('HTTP gateways', () => {
  const forward = { forward_to: { PocketIcInstance: 0 } };

  test('answer for one instance at a port of their own until they are stopped', async () => {
    const gateway = gatewayListener();
    const { send } = testApi(undefined, gateway.listen);
    await send('POST', '/instances', ONE_SUBNET);
    const created = await send('POST', '/http_gateway', forward);
    expect([created.status, json(created)]).toEqual([201, { Created: { instance_id: 0, port: 7_000 } }]);
    expect((await gateway.get('/api/v2/status')).status).toBe(200);
    expect((await gateway.get('/instances')).status).toBe(400);
    expect(json(await gateway.get('/_/topology'))).toHaveProperty('subnet_configs');
    expect(json(await send('GET', '/http_gateway'))).toMatchObject([{ instance_id: 0, port: 7_000 }]);
    expect((await send('POST', '/http_gateway/0/stop')).status).toBe(200);
    expect([gateway.open(), json(await send('GET', '/http_gateway'))]).toEqual([0, []]);
    expect((await send('POST', '/http_gateway/0/stop')).status).toBe(400);
  });

  test('can be asked for with the instance, as dfx does', async () => {
    const gateway = gatewayListener();
    const { send } = testApi(undefined, gateway.listen);
    const created = await send('POST', '/instances', {
      ...ONE_SUBNET,
      http_gateway_config: { ip_addr: '127.0.0.1', port: 4_943, domains: ['localhost'], https_config: null },
    });
    expect(json(created)).toMatchObject({ Created: { http_gateway_info: { instance_id: 0, port: 7_000 } } });
    expect((await gateway.get('/api/v2/status')).status).toBe(200);
  });

  test('that cannot be opened take the instance they were asked for with along', async () => {
    const { send } = testApi();
    const answer = await send('POST', '/instances', { ...ONE_SUBNET, http_gateway_config: { port: 4_943 } });
    expect(answer.status).toBe(502);
    expect(json(answer)).toMatchObject({ Error: { message: expect.stringContaining('opens no sockets') } });
    expect(json(await send('GET', '/instances'))).toEqual(['Deleted']);
  });

  test('end with their instance', async () => {
    const gateway = gatewayListener();
    const { send } = testApi(undefined, gateway.listen);
    await send('POST', '/instances', ONE_SUBNET);
    await send('POST', '/http_gateway', forward);
    await send('DELETE', '/instances/0');
    expect(gateway.open()).toBe(0);
  });

  test.each([
    [{}, 400, 'forward_to'],
    [{ forward_to: { Replica: 'http://somewhere' } }, 400, 'PocketIcInstance'],
    [{ forward_to: { PocketIcInstance: 1 } }, 400, 'no instance 1'],
    [{ ...forward, https_config: { cert_path: 'x' } }, 400, 'https_config'],
    [{ ...forward, port: 70_000 }, 400, 'port'],
    [forward, 502, 'opens no sockets'],
  ])('%j is answered %i', async (body, status, text) => {
    const { send } = testApi();
    await send('POST', '/instances', ONE_SUBNET);
    const answer = await send('POST', '/http_gateway', body);
    expect([answer.status, message(answer)]).toEqual([status, expect.stringContaining(text)]);
  });

  /** Sockets that are none. */
  function gatewayListener() {
    let handler: RequestHandler | null = null;
    let open = 0;
    const listen: Listen = async (given) => {
      handler = given;
      open += 1;
      return {
        port: 7_000,
        close: async () => {
          open -= 1;
        },
      };
    };
    const get = async (url: string, host = '127.0.0.1:7000') =>
      (await handler?.handle({ method: 'GET', url, headers: { host }, body: new Uint8Array(0) })) as Answer;
    return { listen, get, open: () => open };
  }
});

describe('an operation that takes long', () => {
  /** Answers each operation when told to. */
  function slowApi() {
    const answers: (() => void)[] = [];
    const ic = testApi(
      (host): InstanceHost => ({
        ...host,
        run: (request) =>
          new Promise<Answer>((resolve) => {
            answers.push(() => host.run(request).then(resolve));
          }),
      }),
    );
    return { ...ic, finish: () => answers.shift()?.() };
  }

  test('is answered 202 after ten seconds, and its result is in the graph', async () => {
    const ic = slowApi();
    await ic.send('POST', '/instances', ONE_SUBNET);
    const asked = ic.send('POST', '/instances/0/read/query', call('echo'));
    await ic.clock.advance(10_000);
    const deferred = await asked;
    expect(deferred.status).toBe(202);
    const { state_label, op_id } = json(deferred) as { state_label: string; op_id: string };
    expect(Buffer.from(state_label, 'base64url').length).toBe(16);
    expect(await ic.send('GET', `/read_graph/${state_label}/${op_id}`)).toEqual(deferred);
    ic.finish();
    await ic.clock.advance(0);
    const done = await ic.send('GET', `/read_graph/${state_label}/${op_id}`);
    expect([done.status, json(done)]).toEqual([200, { Ok: btoa('hello') }]);
    expect((await ic.send('GET', `/read_graph/${state_label}/other`)).status).toBe(404);
  });

  test('waits as long as the header says', async () => {
    const ic = slowApi();
    await ic.send('POST', '/instances', ONE_SUBNET);
    const asked = ic.send('POST', '/instances/0/read/query', call('echo'), { 'processing-timeout-ms': '5' });
    await ic.clock.advance(5);
    expect((await asked).status).toBe(202);
    const wrong = await ic.send('POST', '/instances/0/read/query', call('echo'), { 'processing-timeout-ms': 'soon' });
    expect(wrong.status).toBe(400);
  });

  test('is never deferred if it answers null: the client would wait for ever', async () => {
    const ic = slowApi();
    await ic.send('POST', '/instances', ONE_SUBNET);
    const asked = ic.send('POST', '/instances/0/update/tick', {});
    await ic.clock.advance(60_000);
    ic.finish();
    expect(await asked).toMatchObject({ status: 200, body: 'null' });
  });
});

describe('live mode', () => {
  const time = async (ic: ReturnType<typeof testApi>) =>
    /\d+/.exec(String((await ic.send('GET', '/instances/0/read/get_time')).body))?.[0];

  test('follows real time round by round until it is stopped', async () => {
    const ic = testApi();
    await ic.send('POST', '/instances', ONE_SUBNET);
    expect((await ic.send('GET', '/instances/0/auto_progress')).body).toBe('false');
    expect(await ic.send('POST', '/instances/0/auto_progress', { artificial_delay_ms: 0 })).toMatchObject({
      status: 200,
      body: 'null',
    });
    expect((await ic.send('GET', '/instances/0/auto_progress')).body).toBe('true');
    expect(await time(ic)).toBe('1700000000000000000');
    await ic.clock.advance(1_050);
    expect(await time(ic)).toBe('1700000001000000000');
    const second = await ic.send('POST', '/instances/0/auto_progress', {});
    expect([second.status, message(second)]).toEqual([400, 'Auto progress mode has already been enabled.']);
    expect(await ic.send('POST', '/instances/0/stop_progress', {})).toMatchObject({ status: 200, body: 'null' });
    await ic.clock.advance(5_000);
    expect(await time(ic)).toBe('1700000001000000000');
    expect((await ic.send('GET', '/instances/0/auto_progress')).body).toBe('false');
  });

  test('can be asked for at creation, with a longer pause between rounds', async () => {
    const ic = testApi();
    await ic.send('POST', '/instances', {
      ...ONE_SUBNET,
      initial_time: { AutoProgress: { artificial_delay_ms: 3_000 } },
    });
    await ic.clock.advance(2_900);
    expect(await time(ic)).toBe('1700000000000000000');
    await ic.clock.advance(100);
    expect(await time(ic)).toBe('1700000003000000000');
  });

  test('goes on from a clock that was set ahead of real time', async () => {
    const ic = testApi();
    await ic.send('POST', '/instances', ONE_SUBNET);
    await ic.send('POST', '/instances/0/update/set_time', '{"nanos_since_epoch":1800000000000000000}');
    await ic.send('POST', '/instances/0/auto_progress', {});
    await ic.clock.advance(100);
    expect(await time(ic)).toBe('1800000000100000000');
  });

  test('ends with its instance', async () => {
    const ic = testApi();
    await ic.send('POST', '/instances', ONE_SUBNET);
    await ic.send('POST', '/instances/0/auto_progress', {});
    expect((await ic.send('DELETE', '/instances/0')).status).toBe(200);
    await ic.clock.advance(1_000);
    expect((await ic.send('GET', '/instances/0/auto_progress')).status).toBe(400);
  });
});
