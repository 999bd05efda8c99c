import { Principal } from '@dfinity/principal';
import { describe, expect, it } from 'vitest';
import { answerSchemas, failure, principalSchema } from '../src/index.ts';

const error = () => {
  const { code, message, context } = failure('unknown_target', { canister: 'aaaaa-aa' });
  return { code, message, context: context.map(([name, value]) => [name, value]) };
};

describe('schemas of the answers', () => {
  it('take a failure of the registry for every method, and no other', () => {
    // A gateway and icp-cli know nothing of our failures.
    const { http_request: _, proxy: __, ...schemas } = answerSchemas;
    for (const schema of Object.values(schemas)) {
      expect(schema.safeParse({ Err: error() }).success).toBe(true);
      expect(schema.safeParse({ Err: { ...error(), code: 'no_such_code' } }).success).toBe(false);
      expect(schema.safeParse({}).success).toBe(false);
    }
  });

  it('take what icp-cli takes from a proxy, its reason with a code in front', () => {
    const takes = (answer: unknown) => answerSchemas.proxy.safeParse(answer).success;
    expect(takes({ Ok: { result: new Uint8Array() } })).toBe(true);
    expect(takes({ Err: { UnauthorizedUser: null } })).toBe(true);
    expect(takes({ Err: { CallFailed: { reason: 'not_proxied: The backup manager does not …' } } })).toBe(true);
    expect(takes({ Err: { CallFailed: { reason: 'no' } } })).toBe(false);
    expect(takes({ Err: error() })).toBe(false);
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
