/** Whether two Candid interfaces are the same types, and where they are not. */
import { type CandidType, type FuncType, headOf, type Interface, resolve } from './types.ts';

/** How messages name the two sides. */
export interface Sides {
  readonly left: string;
  readonly right: string;
}

type Fields = ReadonlyMap<string, CandidType>;
type Types = readonly CandidType[];

interface Walk {
  readonly sides: Sides;
  readonly differences: string[];
  /** Pairs under comparison, taken as equal: how types that mention themselves are compared. */
  readonly assumed: Map<CandidType, Set<CandidType>>;
}

/** @returns one line per difference; none if both say the same */
export function compareInterfaces(left: Interface, right: Interface, sides: Sides): string[] {
  const walk: Walk = { sides, differences: [], assumed: new Map() };
  compareList(walk, 'init argument', [left.initArgs, right.initArgs]);
  compareTypes(walk, '', [left.service, right.service]);
  return walk.differences;
}

function compareTypes(walk: Walk, path: string, [left, right]: readonly [CandidType, CandidType]): void {
  const [a, b] = [resolve(left), resolve(right)];
  if (a === b || isAssumed(walk, a, b)) return;
  if (a.kind === 'func' && b.kind === 'func') {
    compareFuncs(walk, path, [a, b]);
  } else if (a.kind === 'service' && b.kind === 'service') {
    compareFields(walk, [path, 'method'], [a.methods, b.methods]);
  } else if (isContainer(a) && isContainer(b) && a.kind === b.kind) {
    compareTypes(walk, within(path, a.kind), [a.of, b.of]);
  } else if (hasFields(a) && hasFields(b) && a.kind === b.kind) {
    compareFields(walk, [path, a.kind === 'record' ? 'field' : 'tag'], [a.fields, b.fields]);
  } else if (headOf(a) !== headOf(b)) {
    report(walk, path, `${headOf(a)} in ${walk.sides.left}, ${headOf(b)} in ${walk.sides.right}`);
  }
}

function compareFuncs(walk: Walk, path: string, [left, right]: readonly [FuncType, FuncType]): void {
  const [a, b] = [modeOf(left), modeOf(right)];
  if (a !== b) report(walk, path, `${a} in ${walk.sides.left}, ${b} in ${walk.sides.right}`);
  compareList(walk, within(path, 'argument'), [left.args, right.args]);
  compareList(walk, within(path, 'result'), [left.results, right.results]);
}

function compareList(walk: Walk, path: string, [left, right]: readonly [Types, Types]): void {
  if (left.length !== right.length) {
    report(walk, path, `${left.length} in ${walk.sides.left}, ${right.length} in ${walk.sides.right}`);
    return;
  }
  left.forEach((type, index) => {
    compareTypes(walk, `${path} ${index + 1}`, [type, right[index]!]);
  });
}

function compareFields(
  walk: Walk,
  [path, label]: readonly [string, string],
  [left, right]: readonly [Fields, Fields],
): void {
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const [a, b] = [left.get(name), right.get(name)];
    const inner = within(path, `${label} ${name}`);
    if (a === undefined) report(walk, inner, `missing in ${walk.sides.left}`);
    else if (b === undefined) report(walk, inner, `missing in ${walk.sides.right}`);
    else compareTypes(walk, inner, [a, b]);
  }
}

function isAssumed(walk: Walk, left: CandidType, right: CandidType): boolean {
  const partners = walk.assumed.get(left) ?? new Set();
  if (partners.has(right)) return true;
  walk.assumed.set(left, partners.add(right));
  return false;
}

function isContainer(type: CandidType): type is Extract<CandidType, { of: CandidType }> {
  return type.kind === 'opt' || type.kind === 'vec';
}

function hasFields(type: CandidType): type is Extract<CandidType, { fields: Fields }> {
  return type.kind === 'record' || type.kind === 'variant';
}

function modeOf({ modes }: FuncType): string {
  return modes.length === 0 ? 'update' : [...modes].sort().join(' ');
}

function within(path: string, step: string): string {
  return path === '' ? step : `${path}, ${step}`;
}

function report(walk: Walk, path: string, difference: string): void {
  walk.differences.push(path === '' ? difference : `${path}: ${difference}`);
}
