import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Asker,
  type Grant,
  mayAnywhere,
  mayOn,
  type Right,
  ROLES,
  type Role,
  rolesWith,
  withGrant,
  withoutGrant,
} from '../../src/index.ts';

const CHAT = 'bkyz2-fmaaa-aaaaa-qaaaq-cai';
const OTHER = 'bd3sg-teaaa-aaaaa-qaaba-cai';
const RIGHTS: readonly Right[] = ['view', 'backup', 'restore', 'administer'];

const grant = (role: Role, canister?: string): Grant => ({ role, canister, grantedBy: 'aaaaa-aa', grantedAt: 1n });
const asker = (...grants: Grant[]): Asker => ({ principal: '2vxsx-fae', controls: false, grants });

describe('rights', () => {
  it.each([
    ['viewer', ['view']],
    ['operator', ['view', 'backup']],
    ['restorer', ['view', 'restore']],
    ['admin', ['view', 'backup', 'restore', 'administer']],
  ] as const)('a %s may %j and nothing else', (role, rights) => {
    expect(RIGHTS.filter((right) => mayOn(asker(grant(role, CHAT)), right, CHAT))).toEqual(rights);
  });

  it('of one target are not those of another, nor of all', () => {
    const admin = asker(grant('admin', CHAT));
    expect(mayOn(admin, 'administer', CHAT)).toBe(true);
    expect(mayOn(admin, 'administer', OTHER)).toBe(false);
    expect(mayOn(admin, 'administer')).toBe(false);
    expect(mayAnywhere(admin, 'administer')).toBe(true);
  });

  it('for all targets hold on each', () => {
    const operator = asker(grant('operator'));
    expect(mayOn(operator, 'backup')).toBe(true);
    expect(mayOn(operator, 'backup', OTHER)).toBe(true);
    expect(mayOn(operator, 'restore', OTHER)).toBe(false);
  });

  it('are all a controller has, and none a stranger has', () => {
    for (const right of RIGHTS) {
      expect(mayOn({ ...asker(), controls: true }, right)).toBe(true);
      expect(mayOn(asker(), right, CHAT)).toBe(false);
      expect(mayAnywhere(asker(), right)).toBe(false);
    }
  });

  it('are named with the roles that have them', () => {
    expect(rolesWith('administer')).toEqual(['admin']);
    expect(rolesWith('backup')).toEqual(['operator', 'admin']);
    expect(rolesWith('view')).toEqual([...ROLES]);
  });
});

describe('grants', () => {
  const grants = fc.array(
    fc.record({
      role: fc.constantFrom(...ROLES),
      canister: fc.constantFrom(undefined, CHAT, OTHER),
      grantedBy: fc.constant('aaaaa-aa'),
      grantedAt: fc.bigInt({ min: 0n, max: 9n }),
    }),
    { maxLength: 12 },
  );

  it('are a set: a second one changes nothing, and one that is taken back is gone', () => {
    fc.assert(
      fc.property(grants, (list) => {
        const all = list.reduce<readonly Grant[]>(withGrant, []);
        for (const one of list) {
          expect(withGrant(all, one)).toBe(all);
          const rest = withoutGrant(all, one);
          expect(rest).toHaveLength(all.length - 1);
          expect(withoutGrant(rest, one)).toBe(rest);
        }
      }),
    );
  });

  it('give no right that no role of them has', () => {
    fc.assert(
      fc.property(grants, fc.constantFrom(...RIGHTS), fc.constantFrom(undefined, CHAT, OTHER), (list, right, on) => {
        const reasons = list.filter(
          ({ role, canister }) => rolesWith(right).includes(role) && (canister === undefined || canister === on),
        );
        expect(mayOn(asker(...list), right, on)).toBe(reasons.length > 0);
      }),
    );
  });
});
