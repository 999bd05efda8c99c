/** A target that is well, and what health says of one. */
import { assessTarget, type HealthRecord, NANOS_PER_SECOND, type TargetFacts } from '../../src/index.ts';

export const CHAT = 'bkyz2-fmaaa-aaaaa-qaaaq-cai';
export const MANAGER = 'bd3sg-teaaa-aaaaa-qaaba-cai';
export const HOUR = 3600n * NANOS_PER_SECOND;
export const DAY = 24n * HOUR;
export const NOW = 1_767_279_600n * NANOS_PER_SECOND;

export const WELL: TargetFacts = {
  canister: CHAT,
  manager: MANAGER,
  registeredAt: NOW - 30n * DAY,
  scheduledAt: NOW - 30n * DAY,
  policy: { schedule: { kind: 'every', seconds: 21_600n } },
  nextRunAt: NOW + HOUR,
  targets: 1,
  paused: false,
  record: {
    lastSuccess: NOW - 5n * HOUR,
    failures: 0,
    status: 'running',
    seenAt: NOW - 5n * HOUR,
    foreign: 0,
  },
  snapshots: 8,
  bytes: 1n,
  suspects: 0,
  goodTakenAt: NOW - 5n * HOUR,
  goodAt: NOW - 5n * HOUR,
};

export const reasons = (facts: TargetFacts, now = NOW) =>
  assessTarget(facts, now).reasons.map(({ level, code }) => `${level} ${code}`);
export const record = (changes: Partial<HealthRecord>): TargetFacts => ({
  ...WELL,
  record: { ...WELL.record, ...changes },
});
