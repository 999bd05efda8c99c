/** What was done, by whom and why. */
import {
  type Asker,
  type CandidHistory,
  type CandidHistoryEntry,
  type ChainLink,
  historyWitness,
  mayOn,
  readLimit,
} from '@canister-backup/shared';
import { Principal } from 'azle';
import { requireRight, requireRightAnywhere } from '../access.ts';
import { certificate } from '../platform/certified.ts';
import { historyHead, historyLink } from '../store/history.ts';
import { historyCount } from '../store/meta.ts';
import { type Answer, ok, opt, refuse } from './results.ts';

/** Entries that one query looks at, of which it shows those that were asked for and that the caller may view. */
const MAX_LOOKED_AT = 500;

type HistoryArg = [] | [{ canister: [] | [Principal]; before: [] | [bigint]; limit: [] | [number] }];

export function history([arg]: HistoryArg): Answer<CandidHistory<Principal>> {
  const canister = arg?.canister[0]?.toText();
  const asking = canister === undefined ? requireRightAnywhere('view') : requireRight('view', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const limit = readLimit(arg?.limit[0]);
  if ('Err' in limit) return refuse(limit.Err);
  const wanted = (link: ChainLink): boolean =>
    (canister === undefined || link.entry.canister === canister) && sees(asking.Ok, link);
  const { links, next } = collect(arg?.before[0], limit.Ok, wanted);
  const head = historyHead();
  return ok({
    items: links.map(view),
    total: historyCount(),
    next: opt(next),
    head,
    certificate: opt(certificate()),
    witness: historyWitness(head),
  });
}

/** What is about no single target is for who may view all. */
function sees(asking: Asker, { entry }: ChainLink): boolean {
  return mayOn(asking, 'view', entry.canister);
}

function collect(
  before: bigint | undefined,
  limit: number,
  wanted: (link: ChainLink) => boolean,
): { readonly links: readonly ChainLink[]; readonly next: bigint | undefined } {
  const links: ChainLink[] = [];
  const total = historyCount();
  let n = before === undefined || before > total ? total : before - 1n;
  for (let looked = 0; looked < MAX_LOOKED_AT && links.length < limit; looked += 1, n -= 1n) {
    const link = n > 0n ? historyLink(n) : undefined;
    // Numbers have no gaps: where one is missing, history ends.
    if (link === undefined) return { links, next: undefined };
    if (wanted(link)) links.push(link);
  }
  return { links, next: n > 0n && historyLink(n) !== undefined ? n + 1n : undefined };
}

function view({ entry, hash, previous }: ChainLink): CandidHistoryEntry<Principal> {
  const { n, at, kind, actor, cause, canister, run, details } = entry;
  return {
    number: n,
    at,
    kind,
    actor,
    cause,
    canister: opt(canister === undefined ? undefined : Principal.fromText(canister)),
    run_id: opt(run),
    details: details.map(([name, value]) => [name, value]),
    hash,
    previous,
  };
}
