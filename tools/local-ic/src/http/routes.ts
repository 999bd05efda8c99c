/**
 * Which handler a path leads to. A pattern's parts are literal, `:name` for one part, or a last `*` for the rest.
 * A trailing slash never matters.
 */
export interface Route<Handler> {
  readonly method: string;
  readonly path: string;
  readonly handler: Handler;
}

export type Match<Handler> =
  | { readonly kind: 'found'; readonly handler: Handler; readonly parameters: readonly string[] }
  | { readonly kind: 'wrong_method' }
  | { readonly kind: 'not_found' };

/** The first route that fits, so that literal paths stand before those with parameters. */
export function matchRoute<Handler>(routes: readonly Route<Handler>[], method: string, url: string): Match<Handler> {
  const parts = splitPath(url);
  let pathKnown = false;
  for (const route of routes) {
    const parameters = matchParts(splitPath(route.path), parts);
    if (parameters === null) continue;
    if (route.method === method || route.method === '*') return { kind: 'found', handler: route.handler, parameters };
    pathKnown = true;
  }
  return { kind: pathKnown ? 'wrong_method' : 'not_found' };
}

function splitPath(url: string): string[] {
  const path = (url.split('?', 1)[0] ?? '').replace(/\/$/, '');
  return path.split('/').slice(1);
}

function matchParts(pattern: readonly string[], parts: readonly string[]): string[] | null {
  const parameters: string[] = [];
  for (const [index, expected] of pattern.entries()) {
    if (expected === '*') return [...parameters, parts.slice(index).join('/')];
    const part = parts[index];
    if (part === undefined) return null;
    if (expected.startsWith(':') && part !== '') parameters.push(part);
    else if (expected !== part) return null;
  }
  return pattern.length === parts.length ? parameters : null;
}
