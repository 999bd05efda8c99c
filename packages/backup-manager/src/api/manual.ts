/**
 * Queries that may be called with no arguments at all although they take an optional one. azle's own decoder refuses
 * `DIDL\0\0` there (`Wrong number of return values`), so the bytes are decoded here.
 */
import { IDL, msgArgData, msgReply } from 'azle';

/** Answers with what `method` makes of the argument, `[]` if there is none. */
export function replyTo<Arg extends readonly unknown[], Result>(
  types: { readonly arg: IDL.Type; readonly result: IDL.Type },
  method: (arg: Arg) => Result,
): void {
  msgReply(IDL.encode([types.result], [method(decode(types.arg) as Arg)]));
}

function decode(type: IDL.Type): readonly unknown[] {
  const bytes = msgArgData();
  if (isEmpty(bytes)) return [];
  return IDL.decode([type], bytes)[0] as unknown as readonly unknown[];
}

/** No types and no values. */
function isEmpty(bytes: Uint8Array): boolean {
  return bytes.length === 6 && bytes[4] === 0 && bytes[5] === 0;
}
