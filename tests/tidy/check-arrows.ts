import type { Arrow } from './arrows.ts';
import { type Import, packageOf } from './imports.ts';

/** What is wrong with an import, or undefined. */
export function violation({ from, to }: Import, arrows: readonly Arrow[]): string | undefined {
  const own = partOf(from, arrows);
  if (own === undefined) return `${from} belongs to no part: give its folder a row in tests/tidy/arrows.ts`;
  const target = partOf(to, arrows);
  if (target === own) return undefined;
  const allowed = target === undefined ? own.to.some((name) => matches(name, to)) : own.to.includes(target.part);
  return allowed ? undefined : `${from} imports ${to}; ${own.part} may not, because: ${own.because}`;
}

/** The files that import each other in circles, or stand between two circles. */
export function circles(imports: readonly Import[]): string[] {
  const importing = new Set(imports.map(({ from }) => from));
  const imported = new Set(imports.map(({ to }) => to));
  const rest = imports.filter(({ from, to }) => importing.has(to) && imported.has(from));
  return rest.length === imports.length ? [...importing].sort() : circles(rest);
}

function partOf(file: string, arrows: readonly Arrow[]): Arrow | undefined {
  const path = file.replace(/\.[cm]?[jt]s$/, '');
  return arrows.find(({ part }) => path === part || path.startsWith(`${part}/`));
}

function matches(name: string, specifier: string): boolean {
  if (name.endsWith(':*')) return specifier.startsWith(name.slice(0, -1));
  return name === specifier || name === packageOf(specifier);
}
