import type { Answer } from '../answer.ts';
import type { ApiContext } from '../context.ts';
import type { PageAddress } from './address.ts';
import { trustedHeaders } from './headers.ts';
import { backendFailed, notUnderstood, notVerified, type PageProblem, rejectProblem } from './problems.ts';
import type { HeaderFields, PageCall, PageReply, PageRequest, PageResponse } from './types.ts';

/** Where a page comes from: the instance, and the canister in it. */
export interface Source {
  readonly context: ApiContext;
  readonly address: PageAddress;
  /** Aborted when whoever asked for the page has gone away. */
  readonly gone?: AbortSignal | undefined;
}

/** A problem on the way to a page; whoever asked for the page gets it as a value. */
export class NoPage extends Error {
  readonly problem: PageProblem;

  constructor(problem: PageProblem) {
    super(problem.title);
    this.problem = problem;
  }
}

/** Throws `NoPage` for a reply that says that there is none. */
export async function ask({ context, address }: Source, page: PageCall): Promise<PageReply> {
  const { host, key } = context;
  const body = new Uint8Array(0);
  return replyIn(await host.run({ key, operation: 'gateway/page', body, blob: null, page }), address);
}

export function replyIn({ page, body }: Answer, { canisterId }: PageAddress): PageReply {
  // The thread of the instance is gone, or the instance is.
  if (page === undefined) throw new NoPage(backendFailed(String(body)));
  if (page.kind === 'rejected') throw new NoPage(rejectProblem(page.reject, canisterId));
  if (page.kind === 'malformed') throw new NoPage(notUnderstood(page.reason));
  return page;
}

/** The response in a reply. 1xx is between gateway and client; the other bounds of its status are those of HTTP. */
export function responseIn(reply: PageReply): PageResponse {
  if (reply.kind !== 'response') throw unexpected(reply);
  const { status } = reply.response;
  if (status < 200 || status > 999) throw new NoPage(notUnderstood(`The status code ${status} is none of an answer.`));
  return reply.response;
}

export function unexpected({ kind }: PageReply): NoPage {
  return new NoPage(backendFailed(`The instance answered something else: ${kind}.`));
}

/** The headers that verification leaves; at a raw address, all of them. */
export async function verifiedHeaders(
  source: Source,
  pair: { readonly request: PageRequest; readonly response: PageResponse },
): Promise<HeaderFields> {
  const { canisterId, verify } = source.address;
  const { status, headers } = pair.response;
  if (!verify) return headers;
  const reply = await ask(source, { kind: 'verify', canisterId, ...pair });
  if (reply.kind !== 'verified') throw unexpected(reply);
  const { verification } = reply;
  if (!verification.ok) throw new NoPage(notVerified(verification.reason));
  if (verification.version === 1 && status >= 300 && status < 400) {
    throw new NoPage(notVerified('Version 1 certifies no redirect: it does not cover where it leads.'));
  }
  return trustedHeaders(headers, verification);
}
