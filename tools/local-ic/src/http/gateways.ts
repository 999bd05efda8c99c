import { type Answer, BadRequest, jsonText } from './answer.ts';
import type { ApiContext } from './context.ts';
import { asObject, type Fields, integerField, optionalField, requestFields } from './fields.ts';
import type { Domains } from './gateway/address.ts';
import { createGateway } from './gateway/serve.ts';
import { parseExactJson } from './json.ts';
import type { RequestHandler } from './request.ts';

/** Opens a socket for what answers its requests; `env/server.ts` has the real one. */
export type Listen = (
  handler: RequestHandler,
  options: { readonly host: string; readonly port: number },
) => Promise<{ readonly port: number; close(): Promise<void> }>;

interface Gateway {
  readonly instance: number;
  readonly port: number;
  /** As they were asked for. */
  readonly domains: readonly string[] | null;
  close(): Promise<void>;
}

/**
 * PocketIC's HTTP gateways: a port of its own for the public API of one instance and the pages of its canisters. Every
 * method throws `BadRequest`.
 */
export interface Gateways {
  create(body: Uint8Array): Promise<Answer>;
  /** One for this instance, with the listening options of a request. */
  open(instance: number, fields: Fields): Promise<{ readonly instance_id: number; readonly port: number }>;
  list(): Answer;
  stop(id: number): Promise<void>;
  /** Stops those of an instance that is deleted. */
  stopOf(instance: number): Promise<void>;
  end(): Promise<void>;
}

const MAX_PORT = 65_535n;
const LOOPBACK = '127.0.0.1';
/** Options that need something that is not served, each with the reason. */
const NOT_SERVED = { https_config: 'it speaks HTTP only' } as const;

export function createGateways(apiOf: (instance: number) => ApiContext, listen: Listen): Gateways {
  const gateways: (Gateway | null)[] = [];
  const close = async (id: number) => {
    const gateway = gateways[id];
    gateways[id] = null;
    await gateway?.close();
  };
  const closeAll = async (which: (gateway: Gateway) => boolean) => {
    const ids = gateways.flatMap((gateway, id) => (gateway !== null && which(gateway) ? [id] : []));
    await Promise.all(ids.map(close));
  };
  const open: Gateways['open'] = async (instance, fields) => {
    const api = apiOf(instance);
    const options = readListen(fields);
    const domains = readDomains(fields);
    const gateway = createGateway({ ...api, domains: servedDomains(domains) });
    const { port, close: closeSocket } = await listenOr502(() => listen(gateway, options));
    gateways.push({ instance, port, domains, close: closeSocket });
    return { instance_id: gateways.length - 1, port };
  };
  return {
    open,
    async create(body) {
      const fields = requestFields(parseExactJson(body));
      return jsonText(201, JSON.stringify({ Created: await open(forwardedInstance(fields), fields) }));
    },
    list() {
      const open = gateways.flatMap((gateway, id) => {
        if (gateway === null) return [];
        const { instance, port, domains } = gateway;
        return [{ instance_id: id, port, forward_to: { PocketIcInstance: instance }, domains, https_config: null }];
      });
      return jsonText(200, JSON.stringify(open));
    },
    async stop(id) {
      if (gateways[id] === undefined || gateways[id] === null) throw new BadRequest(`There is no HTTP gateway ${id}.`);
      await close(id);
    },
    stopOf: (instance) => closeAll((gateway) => gateway.instance === instance),
    end: () => closeAll(() => true),
  };
}

function readDomains(fields: Fields): readonly string[] | null {
  const domains = optionalField(fields, 'domains');
  if (domains === null) return null;
  if (!Array.isArray(domains) || domains.some((domain) => typeof domain !== 'string')) {
    throw new BadRequest('domains: expected an array of strings.');
  }
  return domains;
}

/** As PocketIC: without domains, at localhost and at whatever else leads here. */
function servedDomains(domains: readonly string[] | null): Domains {
  if (domains === null) return { names: ['localhost'], any: true };
  return { names: domains.map((domain) => domain.toLowerCase()), any: false };
}

function forwardedInstance(fields: Fields): number {
  const target = asObject(fields.forward_to, 'forward_to');
  if (target.PocketIcInstance === undefined) {
    throw new BadRequest('forward_to: this server forwards to {"PocketIcInstance": …} only.');
  }
  return Number(integerField(target, 'PocketIcInstance', 1_000_000_000n));
}

function readListen(fields: Fields): { readonly host: string; readonly port: number } {
  for (const [name, reason] of Object.entries(NOT_SERVED)) {
    if (optionalField(fields, name) !== null) throw new BadRequest(`${name} is not served by this server: ${reason}.`);
  }
  const host = optionalField(fields, 'ip_addr') ?? LOOPBACK;
  if (typeof host !== 'string') throw new BadRequest('ip_addr: expected a string.');
  const port = optionalField(fields, 'port') === null ? 0 : Number(integerField(fields, 'port', MAX_PORT));
  return { host, port };
}

async function listenOr502<T>(listen: () => Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadRequest(`The HTTP gateway could not be opened: ${reason}`, 502);
  }
}
