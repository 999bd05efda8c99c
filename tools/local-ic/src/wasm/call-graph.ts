/**
 * Which functions need run-time accounting. A function that neither recurses nor reaches a call through the table uses
 * a stack known in advance; if that is small, the reserve beneath the budget pays for it and it needs no accounting of
 * its own. The same holds for its instructions: a short one is stopped by whoever calls it in a loop or by recursion.
 */
import { type FunctionFacts, Trait } from './tape.ts';

/**
 * Bytes of stack that unaccounted calls may take below the last accounted one. The host adds it to the budget.
 */
export const STACK_RESERVE_BYTES = 64 * 1024;
/** Instructions, loops counted once, that a function may take unchecked on top of its caller's. */
const UNCHECKED_INSTRUCTIONS = 1_000;

export interface Accounting {
  /** 1 where the call stack is accounted. */
  readonly stack: Uint8Array;
  /** 1 where the entry checks for remaining instructions. */
  readonly entryCheck: Uint8Array;
}

export function planAccounting(facts: FunctionFacts): Accounting {
  const depth = new Float64Array(facts.count).fill(UNVISITED);
  const work = new Float64Array(facts.count);
  for (let root = 0; root < facts.count; root += 1) {
    if (depth[root] === UNVISITED) visit(root, facts, depth, work);
  }
  const stack = new Uint8Array(facts.count);
  const entryCheck = new Uint8Array(facts.count);
  for (let f = 0; f < facts.count; f += 1) {
    stack[f] = (depth[f] as number) > STACK_RESERVE_BYTES ? 1 : 0;
    entryCheck[f] = stack[f] === 1 || (work[f] as number) > UNCHECKED_INSTRUCTIONS ? 1 : 0;
  }
  return { stack, entryCheck };
}

const UNVISITED = -1;
const IN_PROGRESS = -2;

/**
 * Depth-first search with a stack of its own. When a function is left, every callee's depth is final, or the callee is
 * still in progress, which closes a cycle; along a cycle at least one function sees that, and the others see its
 * infinity.
 */
function visit(root: number, facts: FunctionFacts, depth: Float64Array, work: Float64Array): void {
  const { firstCallee, callees } = facts;
  const path: number[] = [root];
  const next: number[] = [firstCallee[root] as number];
  depth[root] = IN_PROGRESS;
  while (path.length > 0) {
    const top = path.length - 1;
    const current = path[top] as number;
    const at = next[top] as number;
    if (at === firstCallee[current + 1]) {
      path.pop();
      next.pop();
      leave(current, facts, depth, work);
      continue;
    }
    next[top] = at + 1;
    const callee = callees.data[at] as number;
    if (callee >= facts.count || depth[callee] !== UNVISITED) continue;
    depth[callee] = IN_PROGRESS;
    path.push(callee);
    next.push(firstCallee[callee] as number);
  }
}

function leave(current: number, facts: FunctionFacts, depth: Float64Array, work: Float64Array): void {
  const { firstCallee, callees, traits } = facts;
  let deepest = (traits[current] as number) & Trait.CallsIndirectly ? Number.POSITIVE_INFINITY : 0;
  let total = facts.instructions[current] as number;
  for (let at = firstCallee[current] as number; at < (firstCallee[current + 1] as number); at += 1) {
    const callee = callees.data[at] as number;
    const below = depth[callee] as number;
    if (below === IN_PROGRESS) deepest = Number.POSITIVE_INFINITY;
    else if (below > deepest) deepest = below;
    total += work[callee] as number;
  }
  depth[current] = deepest + (facts.frameBytes[current] as number);
  work[current] = total;
}
