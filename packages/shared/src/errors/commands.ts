/** Command lines in messages: users have dfx, icp or both, and the two differ in places. */

/**
 * "`dfx …` or `icp …`" with `--network ic`/`-n ic` left to the reader.
 * @param dfx arguments of dfx
 * @param icp arguments of icp, when they differ
 */
export function commandPair(dfx: string, icp: string = dfx): string {
  return `\`dfx ${dfx}\` or \`icp ${icp}\``;
}

/** An id in hexadecimal as the text of a blob: "00ab" is "\\00\\ab". */
export function blobText(hex: string): string {
  return hex.replace(/../g, '\\$&');
}

/** The argument of methods that are about one snapshot. */
export function snapshotArgument({
  canister,
  snapshot,
}: {
  readonly canister: string;
  readonly snapshot: string;
}): string {
  return `(record { canister = principal "${canister}"; snapshot_id = blob "${blobText(snapshot)}" })`;
}
