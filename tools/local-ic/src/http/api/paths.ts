/** What stands behind `/api/` in a path → what is asked of an instance, and how its answer is sent. */
export type ApiOperation = 'api/status' | 'api/call' | 'api/query' | 'api/read_state';

export interface ApiPath {
  readonly operation: ApiOperation;
  /** Null for the status. `id` is as it stands in the path. */
  readonly address: { readonly kind: 'canister' | 'subnet'; readonly id: string } | null;
  /** The answer of a call waits for its certificate; without, it is empty and the client asks again and again. */
  readonly sync: boolean;
}

export type ApiMatch =
  | { readonly kind: 'found'; readonly path: ApiPath }
  | { readonly kind: 'wrong_method'; readonly allowed: string }
  | { readonly kind: 'not_found' };

/** Versions in which each request exists (http-api reference, section 1). */
const VERSIONS = {
  canister: { call: [2, 3, 4], query: [2, 3], read_state: [2, 3] },
  subnet: { call: [4], query: [3], read_state: [2, 3] },
} as const;
const ASYNC_VERSION = 2;

const STATUS = /^v2\/status\/?$/;
const REQUEST = /^v([234])\/(canister|subnet)\/([^/]+)\/(call|query|read_state)\/?$/;

/** `rest` is what follows `/api/`, without a query. */
export function matchApi(method: string, rest: string): ApiMatch {
  if (STATUS.test(rest)) return found(method, 'GET', { operation: 'api/status', address: null, sync: false });
  const [, digit, kind, id = '', request] = REQUEST.exec(rest) ?? [];
  if (digit === undefined) return { kind: 'not_found' };
  const place = kind as keyof typeof VERSIONS;
  const name = request as keyof (typeof VERSIONS)['canister'];
  const version = Number(digit);
  if (!(VERSIONS[place][name] as readonly number[]).includes(version)) return { kind: 'not_found' };
  const sync = name === 'call' && version !== ASYNC_VERSION;
  return found(method, 'POST', { operation: `api/${name}`, address: { kind: place, id }, sync });
}

function found(method: string, allowed: string, path: ApiPath): ApiMatch {
  return method === allowed ? { kind: 'found', path } : { kind: 'wrong_method', allowed };
}
