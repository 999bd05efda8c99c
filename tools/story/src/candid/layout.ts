/**
 * Lays text out within a width: what belongs together stays on one line if it fits, and is broken as a whole if not
 * (Wadler, "A prettier printer"). Candid's own tools print with the same algorithm, so that ours prints the same.
 */
export type Doc =
  | string
  | readonly Doc[]
  /** A possible line break: `flat` when the group fits on one line. */
  | { readonly kind: 'line'; readonly flat: '' | ' ' }
  | { readonly kind: 'nest'; readonly doc: Doc }
  | { readonly kind: 'group'; readonly doc: Doc }
  /** One text when the group is broken, another when it is flat. */
  | { readonly kind: 'choice'; readonly broken: Doc; readonly flat: Doc };

/** Columns by which each nesting moves to the right. */
const INDENT = 2;

/** A space, or a line break. */
export const LINE: Doc = { kind: 'line', flat: ' ' };
/** Nothing, or a line break. */
export const SOFT_LINE: Doc = { kind: 'line', flat: '' };

export function nest(doc: Doc): Doc {
  return { kind: 'nest', doc };
}

export function group(doc: Doc): Doc {
  return { kind: 'group', doc };
}

export function choice(broken: Doc, flat: Doc): Doc {
  return { kind: 'choice', broken, flat };
}

interface Command {
  readonly indent: number;
  readonly broken: boolean;
  readonly doc: Doc;
}

/** @param width columns that a line should not exceed */
export function render(doc: Doc, width: number): string {
  const todo: Command[] = [{ indent: 0, broken: true, doc }];
  let text = '';
  let column = 0;
  for (let command = todo.pop(); command !== undefined; command = todo.pop()) {
    const { indent, broken, doc: current } = command;
    if (typeof current === 'string') {
      text += current;
      column += current.length;
    } else if ('kind' in current && current.kind === 'line') {
      text += broken ? `\n${' '.repeat(indent)}` : current.flat;
      column = broken ? indent : column + current.flat.length;
    } else if ('kind' in current && current.kind === 'group') {
      const flat = { indent, broken: false, doc: current.doc };
      todo.push(!broken || fits(flat, todo, width - column) ? flat : { ...flat, broken: true });
    } else {
      todo.push(...parts(command));
    }
  }
  return text;
}

/** Whether everything up to the next line break that is certain to come stays within `room` columns. */
function fits(first: Command, rest: readonly Command[], room: number): boolean {
  const todo = [first];
  let next = rest.length;
  let left = room;
  while (left >= 0) {
    const command = todo.pop() ?? rest[--next];
    if (command === undefined) return true;
    const { doc } = command;
    if (typeof doc === 'string') left -= doc.length;
    else if ('kind' in doc && doc.kind === 'line') {
      if (command.broken) return true;
      left -= doc.flat.length;
    } else todo.push(...parts(command));
  }
  return false;
}

/** What a composed document consists of, the last part first, as a stack wants it. */
function parts({ indent, broken, doc }: Command): Command[] {
  if (typeof doc === 'string' || ('kind' in doc && doc.kind === 'line')) return [];
  if (!('kind' in doc)) return doc.map((part) => ({ indent, broken, doc: part })).reverse();
  if (doc.kind === 'choice') return [{ indent, broken, doc: broken ? doc.broken : doc.flat }];
  return [{ indent: doc.kind === 'nest' ? indent + INDENT : indent, broken, doc: doc.doc }];
}
