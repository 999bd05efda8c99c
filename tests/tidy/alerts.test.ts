/** The alerts ask for metrics and codes that exist. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('docs/alerts.yml', () => {
  const alerts = read('docs/alerts.yml');

  it('asks only for metrics that the manager has', () => {
    const source = read('packages/shared/src/health/metrics.ts');
    const names = [...alerts.matchAll(/\bcanister_backup_[a-z_]+/g)].map(([name]) => name);
    expect(new Set(names).size).toBeGreaterThan(6);
    for (const name of names) {
      const own = name.replace('canister_backup_target_', '');
      expect(
        source.includes(`'${name}'`) || source.includes(`each('${own}'`) || source.includes(`each(\n      '${own}'`),
      ).toBe(true);
    }
  });

  it('asks only for codes that health gives', () => {
    const source = read('packages/shared/src/health/types.ts');
    const codes = [...alerts.matchAll(/code="([a-z_]+)"/g)].map(([, code]) => code!);
    expect(codes.length).toBeGreaterThan(1);
    for (const code of codes) expect(source).toContain(`'${code}'`);
  });

  it('has a rule for each reason that may be critical', () => {
    const source = read('packages/shared/src/health/types.ts');
    const codes = [...source.matchAll(/\/\*\* Critical:[^|]*\| '([a-z_]+)'/g)].map(([, code]) => code!);
    expect(codes).toEqual(expect.arrayContaining(['target_deleted', 'control_lost', 'timer_asleep']));
    for (const code of [...codes, 'no_good_snapshot']) expect(alerts).toContain(`{code="${code}"} == 2`);
  });
});
