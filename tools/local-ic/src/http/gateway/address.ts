import { LocalIcError } from '../../errors.ts';
import { type PrincipalText, principal } from '../../principal.ts';
import type { HttpRequest } from '../request.ts';
import {
  canisterIdIncorrect,
  canisterNotResolved,
  malformedRequest,
  noAuthority,
  type PageProblem,
  unknownDomain,
} from './problems.ts';

/** The names under which a gateway is reached. An IP address always is one. */
export interface Domains {
  /** In lower case; canisters are at `<id>.<name>` and `<id>.raw.<name>`. */
  readonly names: readonly string[];
  /** Any other host is taken as well, its first label as the canister's id, as PocketIC does if it is given no domains. */
  readonly any: boolean;
}

/** Which canister a request is for, and whether its answer is verified. */
export interface PageAddress {
  readonly canisterId: PrincipalText;
  readonly verify: boolean;
}

/** A request's target: path with query as they were sent, and the host. */
export interface Target {
  readonly path: string;
  /** Null for a request without a host. */
  readonly host: string | null;
}

export type Found<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: PageProblem };

const found = <T>(value: T): Found<T> => ({ ok: true, value });
const lost = (problem: PageProblem): { readonly ok: false; readonly problem: PageProblem } => ({ ok: false, problem });

/** A whole URL in place of a path, as proxies send it; its host counts, and not that of the header (RFC 9112, 3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#]*)([^#]*)$/i;
const VISIBLE = /^[\x21-\x7e]+$/;

export function readTarget({ url, headers }: Pick<HttpRequest, 'url' | 'headers'>): Found<Target> {
  if (!VISIBLE.test(url)) return lost(malformedRequest('The path has characters that are not visible ASCII.'));
  const [, authority, rest] = ABSOLUTE.exec(url) ?? [];
  const path = rest === undefined ? url : rest.replace(/^(?!\/)/, '/');
  if (!path.startsWith('/') || path.includes('#')) return lost(malformedRequest(`"${url}" is not a path.`));
  return found({ path, host: authority ?? (typeof headers.host === 'string' ? headers.host : null) });
}

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?)(?::\d{1,5})?$/;
const IP_ADDRESS = /^(?:\[.*\]|\d{1,3}(?:\.\d{1,3}){3})$/;
/** Characters of a host name (RFC 1035, 2.3.4). */
const MAX_HOST_LENGTH = 255;

/** Host first, then the query parameter `canisterId`, then the same two of the page that asks (`Referer`). */
export function resolveAddress(
  { path, host }: Target,
  { referer, domains }: { readonly referer: unknown; readonly domains: Domains },
): Found<PageAddress> {
  const [, name] = HOST.exec((host ?? '').toLowerCase()) ?? [];
  if (name === undefined || name.length > MAX_HOST_LENGTH) return lost(noAuthority());
  const place = placeOf(name.replace(/\.$/, ''), domains);
  if (place === null) return lost(unknownDomain(`The host is ${name}; the domains are ${domains.names.join(', ')}.`));
  const { label, verify } = place;
  const named = label === null ? null : principalOf(label);
  if (named !== null) return found({ canisterId: named, verify });
  const parameter = parameterOf(path.split('?').slice(1).join('?'));
  if (parameter !== null) {
    const canisterId = principalOf(parameter);
    return canisterId === null ? lost(canisterIdIncorrect(parameter)) : found({ canisterId, verify });
  }
  const asking = refererCanister(referer);
  if (asking !== null) return found({ canisterId: asking, verify });
  return lost(label === null ? canisterNotResolved() : canisterNotResolved(`"${label}" is not a canister id.`));
}

interface Place {
  /** Where the canister's id should stand; null for the domain itself. */
  readonly label: string | null;
  readonly verify: boolean;
}

/** Null if the host is none of ours. */
function placeOf(host: string, { names, any }: Domains): Place | null {
  if (names.includes(host) || IP_ADDRESS.test(host)) return { label: null, verify: true };
  const domain = names.find((name) => host.endsWith(`.${name}`));
  if (domain === undefined) return any ? { label: idLabel(host.split('.')), verify: true } : null;
  const labels = host.slice(0, -domain.length - 1).split('.');
  if (labels.length > 2 || (labels.length === 2 && labels[1] !== 'raw')) return null;
  return { label: idLabel(labels), verify: labels.length === 1 };
}

/** Something readable may stand in front of the id: `chat--<id>`. */
function idLabel([first = '']: readonly string[]): string {
  return first.split('--').at(-1) ?? first;
}

function parameterOf(query: string): string | null {
  return new URLSearchParams(query).get('canisterId');
}

/** A page at `?canisterId=` asks for its images and scripts without it. */
function refererCanister(referer: unknown): PrincipalText | null {
  if (typeof referer !== 'string' || !URL.canParse(referer)) return null;
  const { hostname, search } = new URL(referer);
  return principalOf(idLabel(hostname.split('.'))) ?? principalOf(parameterOf(search) ?? '');
}

function principalOf(text: string): PrincipalText | null {
  try {
    return principal(text);
  } catch (error) {
    if (error instanceof LocalIcError) return null;
    throw error;
  }
}
