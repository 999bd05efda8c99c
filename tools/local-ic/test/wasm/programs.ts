/**
 * Random structured programs as data: an interpreter counts their instructions by the rule (one each; block, loop,
 * else and end free), independently of how the rewriter places its charges.
 */
import fc from 'fast-check';

/** Conditions read the lowest bit of local 0 and shift it out, so that one number decides the path. */
export type Node =
  | { readonly kind: 'nops'; readonly count: number }
  | { readonly kind: 'block' | 'loop'; readonly body: readonly Node[] }
  | { readonly kind: 'if'; readonly taken: readonly Node[]; readonly otherwise: readonly Node[] | null }
  | { readonly kind: 'br' | 'brIf' | 'brTable'; readonly labels: readonly number[] }
  | { readonly kind: 'return' }
  | { readonly kind: 'call' }
  | { readonly kind: 'look' };

const leaf: fc.Arbitrary<Node> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('nops' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('br' as const, 'brIf' as const, 'brIf' as const, 'brTable' as const),
      labels: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.constantFrom<Node>({ kind: 'return' }, { kind: 'call' }, { kind: 'look' }) },
);

export const program: fc.Arbitrary<readonly Node[]> = fc.letrec<{ body: readonly Node[]; node: Node }>((tie) => ({
  body: fc.array(tie('node'), { maxLength: 5 }),
  node: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc.record({ kind: fc.constantFrom('block' as const, 'loop' as const), body: tie('body') }),
    fc.record({ kind: fc.constant('if' as const), taken: tie('body'), otherwise: fc.option(tie('body')) }),
  ),
})).body;

const CONDITION = 'local.get 0 i32.const 1 i32.and local.get 0 i32.const 1 i32.shr_u local.set 0';
/** Operators of CONDITION. */
const CONDITION_COST = 7;

/** Labels count outwards and wrap around, so that every number means one. */
function label(wanted: number, depth: number): number {
  return wanted % (depth + 1);
}

export function toText(nodes: readonly Node[]): string {
  return `(module (import "ic0" "msg_reply" (func $look)) (func $callee nop nop)
    (func (export "f") (param i32) ${textOf(nodes, 0)}))`;
}

function textOf(nodes: readonly Node[], depth: number): string {
  return nodes.map((node) => nodeText(node, depth)).join('\n');
}

function nodeText(node: Node, depth: number): string {
  switch (node.kind) {
    case 'nops':
      return 'nop '.repeat(node.count);
    case 'block':
    case 'loop':
      return `${node.kind} ${textOf(node.body, depth + 1)} end`;
    case 'if': {
      const tail = node.otherwise === null ? '' : `else ${textOf(node.otherwise, depth + 1)}`;
      return `${CONDITION} if ${textOf(node.taken, depth + 1)} ${tail} end`;
    }
    case 'br':
      return `br ${label(node.labels[0] ?? 0, depth)}`;
    case 'brIf':
      return `${CONDITION} br_if ${label(node.labels[0] ?? 0, depth)}`;
    case 'brTable':
      return `${CONDITION} br_table ${node.labels.map((l) => label(l, depth)).join(' ')}`;
    case 'return':
      return 'return';
    case 'call':
      return 'call $callee';
    case 'look':
      return 'call $look';
  }
}

export interface Count {
  readonly used: number;
  /** Instructions used at each call of the import, its own included. */
  readonly looks: readonly number[];
  /** False if the interpreter gave up: the program runs longer than `limit`. */
  readonly ended: boolean;
}

/** What running the program with this argument costs. */
export function count(nodes: readonly Node[], argument: number, limit: number): Count {
  const state = { bits: argument >>> 0, used: 0, looks: [], limit };
  try {
    run(nodes, 0, state);
    return { used: state.used, looks: state.looks, ended: true };
  } catch (error) {
    if (error !== TOO_LONG) throw error;
    return { used: state.used, looks: state.looks, ended: false };
  }
}

const TOO_LONG = new Error('runs too long');

interface State {
  bits: number;
  used: number;
  readonly looks: number[];
  readonly limit: number;
}

function condition(state: State): number {
  const bit = state.bits & 1;
  state.bits >>>= 1;
  state.used += CONDITION_COST;
  return bit;
}

const FALLS_THROUGH = -1;

/** Runs the body of the frame at `depth`; the frame that a branch leaves to, or FALLS_THROUGH. */
function run(nodes: readonly Node[], depth: number, state: State): number {
  for (const node of nodes) {
    if (state.used > state.limit) throw TOO_LONG;
    const target = step(node, depth, state);
    if (target !== FALLS_THROUGH) return target;
  }
  return FALLS_THROUGH;
}

function step(node: Node, depth: number, state: State): number {
  const inner = depth + 1;
  const outOf = (target: number): number => (target === inner ? FALLS_THROUGH : target);
  switch (node.kind) {
    case 'nops':
      state.used += node.count;
      return FALLS_THROUGH;
    case 'block':
      return outOf(run(node.body, inner, state));
    case 'loop': {
      let target = inner;
      while (target === inner) target = run(node.body, inner, state);
      return target;
    }
    case 'if': {
      const isTaken = condition(state) === 1;
      state.used += 1;
      return outOf(run(isTaken ? node.taken : (node.otherwise ?? []), inner, state));
    }
    case 'look':
      state.used += 1;
      state.looks.push(state.used);
      return FALLS_THROUGH;
    case 'call':
      state.used += 3;
      return FALLS_THROUGH;
    case 'return':
      state.used += 1;
      return 0;
    default:
      return branch(node.kind, node.labels, { depth, state });
  }
}

function branch(
  kind: 'br' | 'brIf' | 'brTable',
  labels: readonly number[],
  at: { depth: number; state: State },
): number {
  const { depth, state } = at;
  const bit = kind === 'br' ? 0 : condition(state);
  state.used += 1;
  if (kind === 'brIf' && bit === 0) return FALLS_THROUGH;
  const chosen = kind === 'brTable' ? Math.min(bit, labels.length - 1) : 0;
  return depth - label(labels[chosen] ?? 0, depth);
}
