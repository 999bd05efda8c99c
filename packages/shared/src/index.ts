/** What canisters, tests and tools share: pure, without a clock, a canister or a principal class. */
export * from './candid/backup-manager.ts';
export * from './candid/chat.ts';
export * from './candid/idl.ts';
export * from './candid/values.ts';
export * from './errors/registry.ts';
export * from './errors/rejects.ts';
export * from './ids/bytes.ts';
export * from './ids/principal.ts';
export * from './ids/snapshot-id.ts';
export * from './limits.ts';
export * from './policy/policy.ts';
export * from './policy/retention.ts';
export * from './policy/schedule.ts';
export * from './run/advance.ts';
export * from './run/types.ts';
export * from './schemas/border.ts';
export * from './schemas/read.ts';
