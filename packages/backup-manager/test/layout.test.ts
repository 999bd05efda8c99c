import { describe, expect, it } from 'vitest';
import { migrationPath } from '../src/store/layout.ts';

describe('the way from a layout to this one', () => {
  const known = { oldest: 2, newest: 4 };

  it('leads over every version between, and nowhere from this one', () => {
    expect(migrationPath('2', known)).toEqual({ steps: [2, 3] });
    expect(migrationPath('3', known)).toEqual({ steps: [3] });
    expect(migrationPath('4', known)).toEqual({ steps: [] });
  });

  it('never leads back', () => {
    expect(migrationPath('5', known)).toEqual({ refusal: expect.stringContaining('has layout 5, this build knows 4') });
  });

  it('skips no version', () => {
    const refusal = expect.stringContaining('Install a build with layout 2 first');
    expect(migrationPath('1', known)).toEqual({ refusal });
  });

  it.each([undefined, '', '0', '-1', '1.5', '1e3', 'chat', ' 3', '99999999999'])(
    'begins at nothing else: %j',
    (found) => {
      expect(migrationPath(found, known)).toEqual({ refusal: expect.stringContaining('Nothing was changed.') });
    },
  );
});
