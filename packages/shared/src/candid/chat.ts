/** The Candid interface of the chat canister. */
import type { IdlLibrary } from './idl.ts';

/** What a client's actor of the chat looks like. */
export interface ChatService {
  append: (message: string) => Promise<undefined>;
  dump: () => Promise<string[]>;
  remove_spam: () => Promise<bigint>;
}

/** The chat's interface for any Candid library. */
export const chatIdlFactory = <S>({ IDL }: { IDL: IdlLibrary<S> }): S =>
  IDL.Service({
    append: IDL.Func([IDL.Text], [], []),
    dump: IDL.Func([], [IDL.Vec(IDL.Text)], ['query']),
    remove_spam: IDL.Func([], [IDL.Nat64], []),
  });
