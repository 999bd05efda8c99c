/**
 * One replica looks at a user's message before it is accepted, which costs the manager nothing; an accepted one costs it
 * 2,000 cycles a byte, refused or not. So only messages that no method takes are turned away here, whoever sends them: who
 * may is asked in the methods, which calls of canisters reach without this, and where a refusal says what to do.
 */
import { failure, MAX_IMPORT_BYTES, MAX_MESSAGE_BYTES } from '@canister-backup/shared';
import { msgArgData, msgMethodName } from 'azle';
import { caller, trap } from '../platform/ic.ts';

export function inspected(): boolean {
  const { length } = msgArgData();
  const most = msgMethodName() === 'import_state' && caller().controls ? MAX_IMPORT_BYTES : MAX_MESSAGE_BYTES;
  if (length <= most) return true;
  const expected = `at most ${most}`;
  const { code, message } = failure('invalid_argument', { field: 'bytes', value: String(length), expected });
  return trap(`${code}: ${message}`);
}
