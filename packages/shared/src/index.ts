/** What canisters, tests and tools share: pure, without a clock, a canister or a principal class. */
export * from './candid/backup-manager.ts';
export * from './candid/chat.ts';
export * from './candid/idl.ts';
export * from './candid/values.ts';
export * from './ids/bytes.ts';
export * from './ids/principal.ts';
export * from './ids/snapshot-id.ts';
export * from './limits.ts';
