import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assessManager,
  assessTarget,
  escapeHtml,
  type HealthReport,
  reportHealth,
  respond,
  UNSEEN,
} from '../../src/index.ts';

const CHAT = 'bkyz2-fmaaa-aaaaa-qaaaq-cai';
const MANAGER = 'bd3sg-teaaa-aaaaa-qaaba-cai';
const NOW = 1_767_279_600_000_000_000n;
const SECRETS = [CHAT, MANAGER, '987654321', '123454321'];

function report(status: 'running' | 'stopped' = 'running', lastError?: string): HealthReport {
  const record = {
    ...UNSEEN,
    lastSuccess: NOW - 1n,
    status,
    seenAt: NOW,
    cycles: 123454321n,
    burnPerDay: 1n,
    failures: 1,
    lastError,
  };
  const target = {
    canister: CHAT,
    manager: MANAGER,
    registeredAt: 0n,
    scheduledAt: 0n,
    policy: { schedule: { kind: 'every' as const, seconds: 10_000n } },
    nextRunAt: NOW + 1n,
    targets: 1,
    paused: false,
    record,
    snapshots: 3,
    bytes: 5n,
    suspects: 0,
    goodTakenAt: NOW - 1n,
    goodAt: NOW - 1n,
  };
  const manager = { manager: MANAGER, cycles: 987654321n, openRuns: 0, openCalls: 0 };
  return reportHealth(assessManager(manager, NOW), [assessTarget(target, NOW)], NOW);
}

const ask = (url: string, { open = true, method = 'GET', of = report() } = {}) =>
  respond(
    { method, url },
    { open, report: () => of, target: (canister) => of.targets.find((target) => target.canister === canister) },
  );

describe('the answers over HTTP', () => {
  it.each(['/', '/metrics', '/health'])(
    'show levels and counts of %s to everybody, and the rest only if it is open',
    (url) => {
      const closed = ask(url, { open: false });
      expect(closed.status).toBe(200);
      expect(closed.body).toMatch(/warn/);
      for (const secret of SECRETS) expect(closed.body).not.toContain(secret);
      const open = ask(url);
      expect(open.status).toBe(200);
      expect(open.body).toContain(CHAT);
    },
  );

  it('say nothing of one canister unless they are open, not even whether it is a target', () => {
    expect(ask(`/health/${CHAT}`, { open: false })).toEqual(ask('/health/aaaaa-aa', { open: false }));
    expect(ask(`/health/${CHAT}`, { open: false }).status).toBe(404);
    expect(JSON.parse(ask(`/health/${CHAT}`).body)).toMatchObject({
      canister: CHAT,
      status: 'warn',
      failures: 1,
      bytes: '5',
    });
    expect(ask('/health/aaaaa-aa').status).toBe(404);
  });

  it('are 503 for what is critical and for nothing else, and never for a page or metrics', () => {
    const down = report('stopped');
    for (const url of ['/health', `/health/${CHAT}`, '/health?x=1']) {
      expect(ask(url).status).toBe(200);
      expect(ask(url, { of: down }).status).toBe(503);
    }
    for (const url of ['/', '/metrics']) expect(ask(url, { of: down }).status).toBe(200);
    expect(ask('/health', { of: down, open: false }).status).toBe(503);
  });

  it('are what Prometheus reads: help, type, then samples of that name', () => {
    const lines = ask('/metrics').body.trimEnd().split('\n');
    let name = '';
    for (const line of lines) {
      const [, kind, of] = /^# (HELP|TYPE) ([a-z_]+) \S/.exec(line) ?? [];
      if (kind === 'HELP') name = of!;
      else if (kind === 'TYPE') expect(of).toBe(name);
      else expect(line).toMatch(new RegExp(`^${name}(\\{[a-z]+="[a-z0-9_-]+"(,[a-z]+="[a-z_]+")?\\})? \\d+$`));
    }
    expect(lines).toContain('canister_backup_targets{level="warn"} 1');
    expect(lines).toContain(`canister_backup_target_reason{canister="${CHAT}",code="failures"} 1`);
  });

  it('let no message of a canister become markup', () => {
    const body = ask('/', { of: report('running', '<script>alert("1")</script>') }).body;
    expect(body).not.toContain('<script');
    expect(body).toContain('&lt;script&gt;');
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']/);
      }),
    );
  });

  it('are 405 for what is no reading, and have no body for HEAD', () => {
    expect(ask('/health', { method: 'POST' })).toMatchObject({ status: 405 });
    expect(ask('/health', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  it('exist for any method and any address', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'binary' }), fc.boolean(), (method, url, open) => {
        const { status, body } = ask(url, { method, open });
        expect([200, 404, 405]).toContain(status);
        if (!open) for (const secret of SECRETS) expect(body).not.toContain(secret);
      }),
    );
  });
});
