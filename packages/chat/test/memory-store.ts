import type { Store } from '../src/domain.ts';

/** The state as plain variables. `broken` starts it as the bug leaves it: counted, but not there. */
export function memoryStore({ broken = 0 } = {}): Store {
  let kept: string[] = [];
  let counter = broken;
  return {
    length: () => counter,
    setLength: (length) => {
      counter = length;
    },
    size: () => kept.length,
    messages: () => [...kept],
    push: (message) => {
      kept.push(message);
    },
    take: () => kept.splice(0),
    put: (messages) => {
      kept = [...messages];
    },
  };
}
