/** The canister `chat`: its methods, each of which delegates. The interface with its comments is in `chat.did`. */
import { IDL, query, trap, update } from 'azle';
import { append, dump, removeSpam } from './domain.ts';
import { createStore } from './store.ts';

const store = createStore();

export default class {
  @update([IDL.Text])
  append(message: string): void {
    const refusal = append(store, message);
    // `trap` and not `throw`: azle would add a JavaScript stack to the message.
    if (refusal !== undefined) trap(refusal);
  }

  @query([], IDL.Vec(IDL.Text))
  dump(): string[] {
    return dump(store);
  }

  @update([], IDL.Nat64)
  remove_spam(): bigint {
    return BigInt(removeSpam(store));
  }
}
