/** JSON with places: what is wrong with it is said with line and column, and a key that is there twice is refused. */
import { type AnyNode, type DocumentNode, parse as parseTree, type ValueNode } from '@humanwhocodes/momoa';

export interface Parsed {
  readonly value: unknown;
  /** "line 3, column 5" of what lies at a path of keys and indexes; of what encloses it if that is not there. */
  readonly placeOf: (path: readonly PropertyKey[]) => string;
  /** Keys that are there twice, each with its place. */
  readonly repeated: readonly string[];
}

/** Throws an error whose message has the place in it. */
export function parseJson(text: string): Parsed {
  // A byte order mark, as editors of Windows write it.
  const document = readTree(text.replace(/^\uFEFF/, ''));
  return {
    value: JSON.parse(text.replace(/^\uFEFF/, '')),
    placeOf: (path) => place(follow(document.body, path)),
    repeated: repeatedKeys(document.body),
  };
}

function readTree(text: string): DocumentNode {
  try {
    return parseTree(text, { mode: 'json' });
  } catch (error) {
    const { message, line, column } = error as Error & { readonly line: number; readonly column: number };
    const what = message.replace(/\s*\(\d+:\d+\)$/, '');
    throw new Error(`line ${line}, column ${column}: this is no JSON. ${what}`, { cause: error });
  }
}

function place({ loc }: AnyNode): string {
  return `line ${loc.start.line}, column ${loc.start.column}`;
}

function follow(node: ValueNode, path: readonly PropertyKey[]): ValueNode {
  const [step, ...rest] = path;
  const next =
    node.type === 'Object'
      ? node.members.find(({ name }) => keyOf(name) === step)?.value
      : node.type === 'Array'
        ? node.elements[Number(step)]?.value
        : undefined;
  return step === undefined || next === undefined ? node : follow(next, rest);
}

function keyOf(name: { readonly type: string }): string {
  return 'value' in name ? String(name.value) : String((name as { readonly name?: string }).name);
}

function repeatedKeys(node: ValueNode): string[] {
  if (node.type === 'Array') return node.elements.flatMap(({ value }) => repeatedKeys(value));
  if (node.type !== 'Object') return [];
  const first = new Map<string, AnyNode>();
  return node.members.flatMap(({ name, value }) => {
    const key = keyOf(name);
    const before = first.get(key);
    if (before === undefined) first.set(key, name);
    const own = before === undefined ? [] : [`${place(name)}: "${key}" is there already, at ${place(before)}`];
    return [...own, ...repeatedKeys(value)];
  });
}
