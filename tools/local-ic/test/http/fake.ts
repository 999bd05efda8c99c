import { LocalIcError, reject } from '../../src/errors.ts';
import type { Clock } from '../../src/http/clock.ts';
import { ANONYMOUS, canisterIdFromNumber, type PrincipalText } from '../../src/principal.ts';
import type { IngressStatus } from '../../src/state/types.ts';
import type { CallRequest, CallResult, CanisterView, LocalIc, LocalIcOptions } from '../../src/types.ts';

/**
 * A subnet with one canister that answers with what it was sent, so that the border can be tested without the engine:
 * method `echo` replies with its payload, `print` prints it, `slow` keeps the thread busy, `break` fails as a bug does,
 * anything else is rejected.
 */
export const ECHO: PrincipalText = canisterIdFromNumber(0xffff_ffff_ffe0_0000n);
export const SUBNET: PrincipalText = canisterIdFromNumber(7n);

const START = 1_620_328_630_000_000_000n;

export function createFakeIc(options: LocalIcOptions): LocalIc {
  const state = { time: options.time ?? START, certified: options.time ?? START, round: 0, cycles: 10n ** 18n };
  const statuses = new Map<string, IngressStatus>();
  const pending = new Map<string, CallRequest>();
  let stable = new Uint8Array(0);
  let submitted = 0;
  const require = (id: PrincipalText) => {
    if (id !== ECHO) throw new LocalIcError('canister_not_found', `there is no canister ${id}.`);
  };
  const setTime = (nanos: bigint) => {
    if (nanos < state.time) throw new LocalIcError('time_into_past', `it is ${state.time} already.`);
    state.time = nanos;
  };
  const execute = (request: CallRequest): CallResult => {
    if (request.method === 'break') throw new TypeError('a bug');
    if (request.method === 'print') {
      const text = new TextDecoder().decode(request.payload);
      options.onCanisterLog?.({ canisterId: ECHO, time: state.time, text, replicated: true });
    }
    if (request.method === 'echo' || request.method === 'print') return { kind: 'reply', data: request.payload };
    return { kind: 'reject', reject: reject('IC0536', `no method '${request.method}'`), certified: true };
  };
  const key = (id: Uint8Array) => Buffer.from(id).toString('hex');
  const tick = () => {
    state.round += 1;
    state.certified = state.time;
    for (const [id, request] of pending) {
      const result = execute(request);
      statuses.set(
        id,
        result.kind === 'reply' ? { kind: 'replied', data: result.data } : { kind: 'rejected', reject: result.reject },
      );
    }
    pending.clear();
    return { round: state.round, time: state.time, executions: 0, instructions: 0n, changedPages: 0 };
  };
  const served: Partial<LocalIc> = {
    time: () => state.time,
    certifiedTime: () => state.certified,
    setTime,
    setCertifiedTime: (nanos) => {
      setTime(nanos);
      state.certified = nanos;
    },
    tick,
    round: () => state.round,
    nextWork: () => null,
    submit: (request) => {
      if (request.canisterId !== ECHO) return { kind: 'refused', reject: reject('IC0301', 'no such canister') };
      submitted += 1;
      const messageId = new Uint8Array(32).fill(submitted);
      pending.set(key(messageId), request);
      return { kind: 'accepted', messageId };
    },
    ingressStatus: (id) => statuses.get(key(id)),
    awaitIngress: (id) => {
      tick();
      const status = statuses.get(key(id));
      if (status?.kind === 'replied') return { kind: 'reply', data: status.data };
      if (status?.kind === 'rejected') return { kind: 'reject', reject: status.reject, certified: true };
      throw new LocalIcError('not_answered', `${key(id)} after 100 rounds.`);
    },
    query: (request) => {
      const result = execute(request);
      return result.kind === 'reject' ? { ...result, certified: false } : result;
    },
    canister: (id) =>
      id === ECHO
        ? ({ controllers: [ANONYMOUS], stableMemorySize: stable.length } as unknown as CanisterView)
        : undefined,
    cycles: (id) => {
      require(id);
      return state.cycles;
    },
    addCycles: (id, amount) => {
      require(id);
      state.cycles += amount;
      return state.cycles;
    },
    stableMemory: (id) => {
      require(id);
      return stable;
    },
    setStableMemory: (id, content) => {
      require(id);
      stable = content.slice();
    },
    subnetId: () => SUBNET,
    canisterRanges: () => [[ECHO, canisterIdFromNumber(0xffff_ffff_ffef_ffffn)]],
    rootKey: () => new Uint8Array(133).fill(7),
    defaultEffectiveCanisterId: () => ECHO,
    seed: () => new Uint8Array(32),
  };
  return served as LocalIc;
}

export interface ManualClock extends Clock {
  /** Moves both clocks and calls back what is due, in order. */
  advance(milliseconds: number): Promise<void>;
}

/** A clock that moves when told to. */
export function createManualClock(start = 1_700_000_000_000_000_000n): ManualClock {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    now: () => start + BigInt(now) * 1_000_000n,
    monotonic: () => BigInt(now) * 1_000_000n,
    after(milliseconds, callback) {
      const timer = { at: now + milliseconds, callback };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        await settle();
        const due = [...timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        timers.delete(due);
        now = due.at;
        due.callback();
      }
      now = end;
      await settle();
    },
  };
}
