/**
 * The way into every method. Everybody may call the chat, so nobody is asked who he is; but the CDK would decode whatever
 * was sent, and 13 bytes can make that take all that a message may execute. So the methods are manual, and arguments are
 * read in one bounded walk.
 */
import { readArguments, type Shape } from '@canister-backup/shared';
import { IDL, msgArgData, msgReply, Principal, trap } from 'azle';

/** Largest argument in bytes: a long message, and little more. */
const MAX_BYTES = 32_768;

/** Types, fields and values that are looked at; one text is three. */
const MAX_STEPS = 100;

/** Answers with what `run` makes of the argument; rejects, and runs nothing, if the bytes are not of these shapes. */
export function answer(
  shapes: readonly Shape[],
  { result, run }: { readonly result: readonly IDL.Type[]; readonly run: (values: readonly unknown[]) => unknown },
): void {
  const bytes = msgArgData();
  if (bytes.length > MAX_BYTES) trap(`the arguments have ${bytes.length} bytes, and may have ${MAX_BYTES}`);
  const values = readArguments(bytes, shapes, {
    steps: MAX_STEPS,
    principal: (id) => Principal.fromUint8Array(id),
  });
  if ('Err' in values) trap(`the arguments ${values.Err}`);
  else {
    const value = run(values.Ok);
    msgReply(IDL.encode([...result], result.length === 0 ? [] : [value]));
  }
}
