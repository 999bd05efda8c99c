/** Labels of records and variants as Candid writes them (Candid specification, "Field name hashing"). ASCII only. */
export function hashOf(label: string): number {
  let hash = 0;
  for (let i = 0; i < label.length; i += 1) hash = (Math.imul(hash, 223) + label.charCodeAt(i)) >>> 0;
  return hash;
}
