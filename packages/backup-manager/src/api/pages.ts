/** Pages of lists that are ordered by the text of a canister. */
import { Principal } from 'azle';

/** Items of a page whose names have several: each takes about 4 M of the 5 G instructions of a query. */
const MAX_ITEMS = 300;

/**
 * The names after a cursor, and the cursor of the next page if there is one.
 * @param itemsOf how many items a name has
 */
export function pageOf(
  all: readonly string[],
  after: Principal | undefined,
  limit: number,
  itemsOf: (name: string) => number = () => 1,
): { readonly names: readonly string[]; readonly next: [] | [Principal] } {
  const cursor = after?.toText();
  const rest = cursor === undefined ? all : all.filter((name) => name > cursor);
  const names: string[] = [];
  let items = 0;
  for (const name of rest) {
    items += itemsOf(name);
    if (names.length === limit || (names.length > 0 && items > MAX_ITEMS)) break;
    names.push(name);
  }
  const last = names.at(-1);
  return { names, next: last !== undefined && rest.length > limit ? [Principal.fromText(last)] : [] };
}
