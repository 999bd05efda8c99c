import { Principal } from '@dfinity/principal';
import { describe, expect, it } from 'vitest';
import { answerSchemas, failure, principalSchema } from '../src/index.ts';

const error = () => {
  const { code, message, context } = failure('unknown_target', { canister: 'aaaaa-aa' });
  return { code, message, context: context.map(([name, value]) => [name, value]) };
};

describe('schemas of the answers', () => {
  it('take a failure of the registry for every method, and no other', () => {
    // A gateway knows nothing of our failures.
    const { http_request: _, ...schemas } = answerSchemas;
    for (const schema of Object.values(schemas)) {
      expect(schema.safeParse({ Err: error() }).success).toBe(true);
      expect(schema.safeParse({ Err: { ...error(), code: 'no_such_code' } }).success).toBe(false);
      expect(schema.safeParse({}).success).toBe(false);
    }
  });

  it('take a default target that is set, one that is not, and no third', () => {
    const principal = Principal.fromText('bkyz2-fmaaa-aaaaa-qaaaq-cai');
    expect(answerSchemas.set_default.safeParse({ Ok: [] }).success).toBe(true);
    expect(answerSchemas.set_default.safeParse({ Ok: [principal] }).success).toBe(true);
    expect(answerSchemas.set_default.safeParse({ Ok: [principal, principal] }).success).toBe(false);
    expect(answerSchemas.set_default.safeParse({ Ok: ['bkyz2-fmaaa-aaaaa-qaaaq-cai'] }).success).toBe(false);
  });

  it('know a principal by its text', () => {
    expect(principalSchema.safeParse({ toText: () => 'aaaaa-aa' }).success).toBe(true);
    expect(principalSchema.safeParse({ toText: () => 'aaaaa-ab' }).success).toBe(false);
    expect(principalSchema.safeParse(null).success).toBe(false);
  });
});
