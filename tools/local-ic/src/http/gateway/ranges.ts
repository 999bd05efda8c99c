/**
 * Bodies that a canister gives in ranges: asked for all of one, it answers 206 with its first part, and the gateway asks
 * for the others, each with a proof of its own. The client gets one body and 200.
 */
import { MAX_STREAM_CALLBACKS } from '../../limits.ts';
import type { Answer } from '../answer.ts';
import { ask, NoPage, responseIn, type Source, verifiedHeaders } from './ask.ts';
import { notUnderstood } from './problems.ts';
import type { HeaderFields, PageRequest, PageResponse } from './types.ts';

const PARTIAL = 206;

/** Whether it is for the gateway to ask for the rest: the client wanted all. */
export function isFirstRange({ method, headers }: PageRequest, { status }: PageResponse): boolean {
  const ranged = headers.some(([name]) => name === 'range' || name === 'if-range');
  return status === PARTIAL && method !== 'HEAD' && !ranged;
}

export interface Whole {
  readonly status: 200;
  /** Bytes of the whole body. */
  readonly length: number;
  readonly more: NonNullable<Answer['more']>;
}

/** What follows the first range. Throws `NoPage` if that is not the beginning of anything. */
export function wholeOf(source: Source, request: PageRequest, first: PageResponse): Whole {
  const { end, total } = rangeOf(first, 0);
  let fetched = end;
  let calls = 1;
  const more = async () => {
    if (fetched === total) return null;
    if (calls === MAX_STREAM_CALLBACKS) throw new NoPage(notUnderstood(`The body has no end after ${calls} ranges.`));
    calls += 1;
    const response = await askFrom(source, request, fetched);
    const range = rangeOf(response, fetched);
    if (range.total !== total) throw new NoPage(notUnderstood('The length of the body changed from range to range.'));
    const part = response.body.subarray(fetched - range.begin);
    fetched = range.end;
    return part;
  };
  return { status: 200, length: total, more };
}

async function askFrom(source: Source, asked: PageRequest, from: number): Promise<PageResponse> {
  const headers: HeaderFields = [...asked.headers, ['range', `bytes=${from}-`]];
  const request = { ...asked, headers };
  const { canisterId } = source.address;
  const response = responseIn(await ask(source, { kind: 'query', canisterId, request }));
  await verifiedHeaders(source, { request, response });
  return response;
}

const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/;

interface Range {
  readonly begin: number;
  /** The first byte behind it. */
  readonly end: number;
  readonly total: number;
}

/** The range of a part that goes on where `fetched` bytes are there already. */
function rangeOf({ status, headers, body }: PageResponse, fetched: number): Range {
  const text = headers.find(([name]) => name.toLowerCase() === 'content-range')?.[1] ?? '';
  const [begin = 0, last = -1, total = 0] = (CONTENT_RANGE.exec(text) ?? []).slice(1).map(Number);
  const end = last + 1;
  const fits = begin <= fetched && fetched < end && end <= total && body.length === end - begin;
  if (fits && status === PARTIAL) return { begin, end, total };
  throw new NoPage(notUnderstood(`Status ${status} with content-range "${text}" does not go on at byte ${fetched}.`));
}
