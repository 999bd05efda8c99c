/** Command lines in messages: users have dfx, icp or both, and the two differ in places. */

/**
 * "`dfx …` or `icp …`" with `--network ic`/`-n ic` left to the reader.
 * @param dfx arguments of dfx
 * @param icp arguments of icp, when they differ
 */
export function commandPair(dfx: string, icp: string = dfx): string {
  return `\`dfx ${dfx}\` or \`icp ${icp}\``;
}
