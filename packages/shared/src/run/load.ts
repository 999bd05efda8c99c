/** A snapshot is being loaded. */
import type { Draft } from './draft.ts';
import { failWith, problemOf } from './problem.ts';
import type { CallResult, StatusAnswer } from './types.ts';

export function onLoad(draft: Draft, result: CallResult): void {
  if ('ok' in result) draft.set({ done: true });
  else failWith(draft, { name: 'load', snapshot: draft.run.snapshot }, result);
}

/** The status sent behind load and start: what is installed now, and whether it runs. */
export function onLoadStatus(draft: Draft, result: CallResult): void {
  if ('ok' in result) {
    const { status, moduleHash, version } = result.ok as StatusAnswer;
    draft.set({ statusAfter: status, moduleHash, version });
  } else {
    const problem = problemOf(draft, { name: 'status' }, result);
    if (problem !== undefined) draft.warn(problem);
  }
}

export function afterLoad(draft: Draft): void {
  if (draft.run.outcome === undefined) draft.set({ outcome: 'succeeded' });
  draft.close();
}
