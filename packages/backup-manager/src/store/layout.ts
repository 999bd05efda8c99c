/** Which migrations bring stable memory from the layout that it has to this build's. */

/** The layouts that a build can read: its own, and what its migrations begin with. */
export interface Known {
  readonly oldest: number;
  readonly newest: number;
}

/**
 * The layouts to leave behind, one after the other; forward only.
 * @param found what stable memory says it has
 * @returns or why there is no way, in which case nothing may be changed
 */
export function migrationPath(
  found: string | undefined,
  { oldest, newest }: Known,
): { readonly steps: readonly number[] } | { readonly refusal: string } {
  const refused = (why: string) => ({ refusal: `${why} Nothing was changed.` });
  if (found === undefined || !/^[1-9]\d{0,8}$/.test(found)) {
    return refused('stable memory was not written by a backup manager. Install it anew on a canister of its own.');
  }
  const layout = Number(found);
  if (layout > newest) {
    return refused(
      `stable memory has layout ${layout}, this build knows ${newest}. Install the build that wrote it, or a newer one.`,
    );
  }
  if (layout < oldest) {
    return refused(
      `stable memory has layout ${layout}, this build reads layouts from ${oldest} on. ` +
        `Install a build with layout ${oldest} first, then this one.`,
    );
  }
  return { steps: Array.from({ length: newest - layout }, (_, at) => layout + at) };
}
