/** Pages of lists that are ordered by the text of a canister. */
import { Principal } from 'azle';

/** The names after a cursor, and the cursor of the next page if there is one. */
export function pageOf(
  all: readonly string[],
  after: Principal | undefined,
  limit: number,
): { readonly names: readonly string[]; readonly next: [] | [Principal] } {
  const cursor = after?.toText();
  const rest = cursor === undefined ? all : all.filter((name) => name > cursor);
  const names = rest.slice(0, limit);
  const last = names.at(-1);
  return { names, next: last !== undefined && rest.length > limit ? [Principal.fromText(last)] : [] };
}
