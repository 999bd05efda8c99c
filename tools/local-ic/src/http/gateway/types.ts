import type { Reject } from '../../errors.ts';
import type { PrincipalText } from '../../principal.ts';

/** Names and values; a name may occur more than once. */
export type HeaderFields = readonly (readonly [name: string, value: string])[];

/** A request as the canister gets it: path with query, percent-encoding as it came. */
export interface PageRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderFields;
  readonly body: Uint8Array;
}

export interface PageResponse {
  readonly status: number;
  readonly headers: HeaderFields;
  readonly body: Uint8Array;
  /** Ask again by an update call. */
  readonly upgrade: boolean;
  /** The body goes on. */
  readonly callback: CallbackToken | null;
}

/** What is to be called for the next part of a body. */
export interface CallbackToken {
  readonly canisterId: string;
  readonly method: string;
  /** The token, in Candid. */
  readonly argument: Uint8Array;
}

/** What the thread that holds an instance does for a gateway. */
export type PageCall =
  | { readonly kind: 'query' | 'update'; readonly canisterId: PrincipalText; readonly request: PageRequest }
  | { readonly kind: 'result'; readonly messageId: Uint8Array }
  | { readonly kind: 'callback'; readonly canisterId: PrincipalText; readonly callback: CallbackToken }
  | {
      readonly kind: 'verify';
      readonly canisterId: PrincipalText;
      readonly request: PageRequest;
      readonly response: PageResponse;
    };

export type PageReply =
  | { readonly kind: 'response'; readonly response: PageResponse }
  | { readonly kind: 'accepted'; readonly messageId: Uint8Array }
  /** `callback` is null at the end of the body. */
  | { readonly kind: 'chunk'; readonly body: Uint8Array; readonly callback: CallbackToken | null }
  | { readonly kind: 'verified'; readonly verification: Verification }
  | { readonly kind: 'rejected'; readonly reject: Reject }
  /** Not what the protocol says; `reason` for whoever wrote the canister. */
  | { readonly kind: 'malformed'; readonly reason: string };

export type Verification =
  | {
      readonly ok: true;
      /** 1 or 2. */
      readonly version: number;
      /** The headers that are certified; null: the canister certified that it certifies nothing of the answer. */
      readonly headers: HeaderFields | null;
    }
  | { readonly ok: false; readonly reason: string };

/** Checks an answer with a body that is complete. Never throws for what a canister can make up. */
export type PageVerifier = (pair: {
  readonly canisterId: PrincipalText;
  readonly request: PageRequest;
  readonly response: PageResponse;
  /** Nanoseconds since 1970: certificates may be five minutes away from it. */
  readonly time: bigint;
  /** DER. */
  readonly rootKey: Uint8Array;
}) => Verification;
