import { BadRequest } from '../http/answer.ts';
import { createLocalIc, loadLocalIc } from '../local-ic.ts';
import type { LocalIc, LocalIcOptions, PublicApi } from '../types.ts';
import { openStateStore, type StateStore } from './state-store.ts';

/** Bytes of records after which a whole state is kept instead: what a start has to run again stays bounded. */
const MAX_RECORD_BYTES = 64 * 1024 ** 2;
const MAX_RECORDS = 10_000;

export interface DurableIc {
  readonly ic: LocalIc;
  /** Keeps the whole state now. */
  checkpoint(): void;
}

/**
 * A subnet that goes on from what is in a folder, and keeps there what every round has done before anybody learns of it.
 * If that fails, for example on a full disk, it answers nothing any more.
 */
export function openDurableIc(folder: string, options: LocalIcOptions): DurableIc {
  const store = openStateStore(folder);
  const print = { on: false };
  const onCanisterLog: NonNullable<LocalIcOptions['onCanisterLog']> = (entry) => {
    // What is run again was printed when it ran first.
    if (print.on) options.onCanisterLog?.(entry);
  };
  const quiet = { ...options, onCanisterLog };
  const ic = store.saved === null ? createLocalIc(quiet) : loadLocalIc(store.saved, quiet);
  for (const record of store.records) ic.replayRound(record);
  if (store.saved === null || store.records.length > 0) store.replace(ic.save());
  print.on = true;
  return { ic: recorded(ic, store), checkpoint: () => store.replace(ic.save()) };
}

function recorded(ic: LocalIc, store: StateStore): LocalIc {
  let failure: BadRequest | null = null;
  let records = 0;
  const whole = () => {
    if (failure !== null) throw failure;
  };
  const keep = (write: () => void) => {
    try {
      write();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      failure = new BadRequest(`The network cannot keep its state and has stopped: ${reason}`, 503);
      throw failure;
    }
  };
  const tick = () => {
    whole();
    const record = ic.nextRoundRecord();
    const report = ic.tick();
    keep(() => store.append(record));
    records += 1;
    if (records >= MAX_RECORDS || store.recordBytes() >= MAX_RECORD_BYTES) {
      keep(() => store.replace(ic.save()));
      records = 0;
    }
    return report;
  };
  const guard: Guard =
    (method) =>
    (...args) => {
      whole();
      return method(...args);
    };
  const { query, submit, ingressStatus } = ic;
  const pages = { query: guard(query), submit: guard(submit), ingressStatus: guard(ingressStatus) };
  return { ...ic, ...pages, tick, api: guarded(ic.api, guard) };
}

type Guard = <A extends unknown[], R>(method: (...args: A) => R) => (...args: A) => R;

function guarded(api: PublicApi, guard: Guard): PublicApi {
  return {
    call: guard(api.call),
    callCertificate: guard(api.callCertificate),
    query: guard(api.query),
    readState: guard(api.readState),
  };
}
