/**
 * Candid of the management canister (interface specification 0.66, ic.did), as the values of @dfinity/candid. Of what
 * later specifications add, optional argument fields are skipped and result fields are left out.
 */
export * from './idl-args.ts';
export * from './idl-results.ts';
