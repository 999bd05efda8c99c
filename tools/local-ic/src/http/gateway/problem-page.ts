import type { Answer } from '../answer.ts';
import type { PageProblem } from './problems.ts';

/** A problem as a page for people, or as text for everybody else: `accept` is the request's header. */
export function problemAnswer(problem: PageProblem, accept: unknown): Answer {
  const html = typeof accept === 'string' && accept.includes('text/html');
  return {
    status: problem.status,
    type: 'none',
    body: html ? page(problem) : text(problem),
    headers: {
      'content-type': `${html ? 'text/html' : 'text/plain'}; charset=utf-8`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'x-ic-error-cause': problem.cause,
    },
  };
}

function text({ status, title, description, detail }: PageProblem): string {
  return `${[`${status} ${title}`, description, ...(detail === undefined ? [] : [detail])].join('\n\n')}\n`;
}

function page({ status, title, description, detail }: PageProblem): string {
  const style =
    ':root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:4em auto;padding:0 1em;' +
    'overflow-wrap:anywhere}pre{white-space:pre-wrap}';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
<h1>${status} ${escaped(title)}</h1>
<p>${escaped(description)}</p>
${detail === undefined ? '' : `<pre>${escaped(detail)}</pre>\n`}`;
}

/** What canisters and requests say may be anything. */
function escaped(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
