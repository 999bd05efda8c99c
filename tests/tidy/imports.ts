import { posix } from 'node:path';

/** One import statement. */
export interface Import {
  /** The file with the statement, relative to the repository's root. */
  readonly from: string;
  /** A file relative to the root for relative imports, else the specifier as written. */
  readonly to: string;
}

const STATEMENT =
  /^\s*(?:import|export)\s+(?:type\s+)?[\w$*{][^'"`;]*?\sfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]\s*\)/gm;

/** The imports and re-exports of a source file, type-only and dynamic ones included; what stands in a string is none. */
export function importsOf(from: string, source: string): Import[] {
  const code = withoutComments(source).replace(/`(?:[^`\\]|\\.)*`/g, '``');
  return [...code.matchAll(STATEMENT)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    const to = specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), specifier)) : specifier;
    return { from, to };
  });
}

/** Keeps line numbers. A comment's mark inside a string (`'https://…'`) is not a comment. */
export function withoutComments(source: string): string {
  return source.replace(
    /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (match, text: string | undefined) => text ?? match.replace(/[^\n]/g, ' '),
  );
}

/** The npm package of a specifier: `@scope/name` of `@scope/name/part`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
