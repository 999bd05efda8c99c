/** What the canister of `canisters/pages.wat` is told, and what it certifies. */
import { createHash } from 'node:crypto';
import { digest, encodeTexts, encodeTree, fork, type HashTree, labeled, leaf } from '@canister-backup/shared';
import { IDL } from '@dfinity/candid';
import type { Principal } from '@dfinity/principal';
import { requestIdOf } from 'icp-sdk-core-6/agent';

type Headers = readonly (readonly [name: string, value: string])[];

/** How a page proves what it is: its place in the tree, and for version 2 the expression. */
export type Proof =
  | { readonly version: 1 }
  | { readonly version: 2; readonly expression: string; readonly path: readonly string[] };

export interface Page {
  /** The page at `/x…` for the character x. */
  readonly at: string;
  /** Answered to `http_request_update`. */
  readonly update?: true;
  readonly status?: number;
  readonly headers?: Headers;
  readonly body?: string | Uint8Array;
  readonly upgrade?: true;
  /** The body goes on with this part. */
  readonly token?: number;
  /** Whose method the callback is; default: the canister's own. */
  readonly callee?: Principal;
  readonly proof?: Proof;
  /** The body is the argument that it was asked with. */
  readonly echo?: true;
}

const Blob = IDL.Vec(IDL.Nat8);
const Headers = IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text));
const Token = IDL.Record({ n: IDL.Nat32 });
const Chunk = IDL.Record({ body: Blob, token: IDL.Opt(Token) });
const Callback = IDL.Func([Token], [Chunk], ['query']);
const Response = IDL.Record({
  status_code: IDL.Nat16,
  headers: Headers,
  body: Blob,
  upgrade: IDL.Opt(IDL.Bool),
  streaming_strategy: IDL.Opt(IDL.Variant({ Callback: IDL.Record({ callback: Callback, token: Token }) })),
});
const REQUEST = {
  method: IDL.Text,
  url: IDL.Text,
  headers: Headers,
  body: Blob,
  certificate_version: IDL.Opt(IDL.Nat16),
};

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly certificate_version: [] | [number];
}

/** What a page with `echo` was asked with. */
export function decodeAsked(body: Uint8Array): Asked {
  return IDL.decode([IDL.Record(REQUEST)], new Uint8Array(body))[0] as unknown as Asked;
}

/** Certifies nothing of an answer, and says so. */
export const SKIP = 'default_certification(ValidationArgs{no_certification:Empty{}})';

/** Certifies the answer with these headers; with `method`, the question as well. */
export function certifying(headers: readonly string[], request?: 'method'): string {
  const asked =
    request === undefined
      ? 'no_request_certification:Empty{}'
      : 'request_certification:RequestCertification{certified_request_headers:[],certified_query_parameters:[]}';
  const list = headers.map((name) => JSON.stringify(name)).join(',');
  const answered = `response_certification:ResponseCertification{certified_response_headers:ResponseHeaderList{headers:[${list}]}}`;
  return `default_certification(ValidationArgs{certification:Certification{${asked},${answered}}})`;
}

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const bytesOf = (body: string | Uint8Array = ''): Uint8Array => (typeof body === 'string' ? utf8(body) : body);

const certificate = 'IC-Certificate';
const expressionHeader = 'IC-CertificateExpression';

interface Entry {
  readonly path: readonly Uint8Array[];
  readonly value: Uint8Array;
}

/** The tree of all pages that have a proof; `bodies` are whole where pages are streamed. */
function treeOf(pages: readonly Page[], bodies: ReadonlyMap<Page, Uint8Array>): HashTree {
  return subtree(
    pages.flatMap((page): Entry[] => {
      const { proof } = page;
      if (proof === undefined) return [];
      const body = bodies.get(page) ?? bytesOf(page.body);
      if (proof.version === 1) return [{ path: ['http_assets', `/${page.at}`].map(utf8), value: sha256(body) }];
      const hashes = proof.expression === SKIP ? [] : certifiedHashes(page, proof.expression, body);
      const path = [...['http_expr', ...proof.path].map(utf8), sha256(utf8(proof.expression)), ...hashes];
      return [{ path, value: new Uint8Array() }];
    }),
  );
}

/** Of the question, if it counts, and of the answer (HTTP gateway specification, "Response verification"). */
function certifiedHashes(page: Page, expression: string, body: Uint8Array): Uint8Array[] {
  const certified = (page.headers ?? []).filter(([name]) => expression.includes(JSON.stringify(name)));
  const headers = Object.fromEntries(certified.map(([name, value]) => [name.toLowerCase(), value]));
  const map = { ...headers, [expressionHeader.toLowerCase()]: expression, ':ic-cert-status': page.status ?? 200 };
  const answered = sha256(Buffer.concat([requestIdOf(map), sha256(body)]));
  if (expression.includes('no_request_certification')) return [new Uint8Array(), answered];
  const asked = requestIdOf({ ':ic-cert-method': 'GET' });
  return [sha256(Buffer.concat([asked, sha256(new Uint8Array())])), answered];
}

function subtree(entries: readonly Entry[]): HashTree {
  const [first] = entries;
  if (first !== undefined && first.path.length === 0) return leaf(first.value);
  const labels = [...new Set(entries.map(({ path }) => Buffer.from(path[0] as Uint8Array).toString('hex')))].sort();
  const branches = labels.map((label) => {
    const inside = entries.filter(({ path }) => Buffer.from(path[0] as Uint8Array).toString('hex') === label);
    return labeled(
      new Uint8Array(Buffer.from(label, 'hex')),
      subtree(inside.map(({ path, value }) => ({ path: path.slice(1), value }))),
    );
  });
  return branches.reduceRight((right, left) => fork(left, right));
}

/** Calls of the canister that make it serve these pages, and parts of streams: method and argument. */
export function pageCalls(
  canisterId: Principal,
  pages: readonly Page[],
  { parts = [] }: { readonly parts?: readonly Part[] } = {},
): (readonly [method: string, argument: Uint8Array])[] {
  const bodies = new Map(pages.map((page) => [page, wholeBody(page, parts)]));
  const tree = treeOf(pages, bodies);
  return [
    ['certify', digest(tree)],
    ...pages.map((page) => ['put', pageArgument(canisterId, page, tree)] as const),
    ...parts.map((part) => ['put', partArgument(part)] as const),
  ];
}

export interface Part {
  /** The token that leads here. */
  readonly token: number;
  readonly body: Uint8Array;
  /** The token of the next one; its own: no end. */
  readonly next?: number;
}

function wholeBody(page: Page, parts: readonly Part[]): Uint8Array {
  const bodies = [bytesOf(page.body)];
  const seen = new Set<number>();
  for (let token = page.token; token !== undefined && !seen.has(token); ) {
    seen.add(token);
    const part = parts.find((each) => each.token === token);
    if (part !== undefined) bodies.push(part.body);
    token = part?.next;
  }
  return new Uint8Array(Buffer.concat(bodies));
}

const MODE = { plain: 0, certificate: 1, echo: 2, reject: 3 } as const;
/** Where the canister puts what only it knows. */
const MARK = '<something else>';

function pageArgument(canisterId: Principal, page: Page, tree: HashTree): Uint8Array {
  const number = page.at.charCodeAt(0) + (page.update === true ? 256 : 0);
  const { proof } = page;
  const headers = [...(page.headers ?? [])];
  if (proof !== undefined) headers.push([certificate, MARK]);
  if (proof?.version === 2) headers.push([expressionHeader, proof.expression]);
  const value = {
    status_code: page.status ?? 200,
    headers,
    body: page.echo === true ? utf8(MARK) : bytesOf(page.body),
    upgrade: page.upgrade === true ? [true] : [],
    streaming_strategy:
      page.token === undefined
        ? []
        : [{ Callback: { callback: [page.callee ?? canisterId, 'more'], token: { n: page.token } } }],
  };
  const encoded = new Uint8Array(IDL.encode([Response], [value]));
  const mode = page.echo === true ? 'echo' : proof === undefined ? 'plain' : 'certificate';
  return command({ number, mode, encoded, tail: proof === undefined ? '' : tailOf(proof, tree) });
}

function tailOf(proof: Proof, tree: HashTree): string {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const fields = [`:, tree=:${base64(encodeTree(tree))}:`];
  if (proof.version === 2) fields.push('version=2', `expr_path=:${base64(encodeTexts(['http_expr', ...proof.path]))}:`);
  return fields.join(', ');
}

function partArgument({ token, body, next }: Part): Uint8Array {
  const value = { body, token: next === undefined ? [] : [{ n: next }] };
  return command({ number: 128 + token, mode: 'plain', encoded: new Uint8Array(IDL.encode([Chunk], [value])) });
}

/** A page that is answered as it is, whatever that is. */
export function rawPage(at: string, encoded: Uint8Array): Uint8Array {
  return command({ number: at.charCodeAt(0), mode: 'plain', encoded });
}

/** A page that is a reject with this text. */
export function rejectedPage(at: string, text: string): Uint8Array {
  return command({ number: at.charCodeAt(0), mode: 'reject', encoded: utf8(text) });
}

interface Command {
  readonly number: number;
  readonly mode: keyof typeof MODE;
  readonly encoded: Uint8Array;
  readonly tail?: string;
}

/** What is before the mark's length byte, and what is after the mark. */
function command({ number, mode, encoded, tail = '' }: Command): Uint8Array {
  const mark = mode === 'certificate' || mode === 'echo' ? Buffer.from(encoded).indexOf(MARK) : -1;
  const head = mark < 0 ? encoded : encoded.subarray(0, mark - 1);
  const end = mark < 0 ? new Uint8Array() : encoded.subarray(mark + MARK.length);
  const sizes = Uint32Array.of(number, MODE[mode], head.length, tail.length, end.length);
  return new Uint8Array(Buffer.concat([new Uint8Array(sizes.buffer), head, utf8(tail), end]));
}
