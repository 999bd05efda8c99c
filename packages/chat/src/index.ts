/** The canister `chat`: its methods, each of which delegates. The interface with its comments is in `chat.did`. */
import { SHAPES } from '@canister-backup/shared';
import { IDL, query, trap, update } from 'azle';
import { append, dump, removeSpam } from './domain.ts';
import { answer } from './guard.ts';
import { createStore } from './store.ts';

const store = createStore();

const MANUAL = { manual: true } as const;

function added([message]: readonly unknown[]): void {
  const refusal = append(store, message as string);
  // `trap` and not `throw`: azle would add a JavaScript stack to the message.
  if (refusal !== undefined) trap(refusal);
}

export default class {
  @update([IDL.Text], undefined, MANUAL)
  append(): void {
    answer([SHAPES.Text], { result: [], run: added });
  }

  @query([], IDL.Vec(IDL.Text), MANUAL)
  dump(): void {
    answer([], { result: [IDL.Vec(IDL.Text)], run: () => dump(store) });
  }

  @update([], IDL.Nat64, MANUAL)
  remove_spam(): void {
    answer([], { result: [IDL.Nat64], run: () => BigInt(removeSpam(store)) });
  }
}
