import { concatBytes, EMPTY_BYTES, utf8, utf8Strict } from '../bytes.ts';
import { principalToBytes } from '../principal.ts';
import { contextBit } from './contexts.ts';
import { contractViolation, HostTrap } from './execution.ts';
import { copyBlob, type Guest, guestSlice, type HostFunctions, readGuest } from './guest.ts';

const REPLY_CALLBACKS = contextBit('Ry') | contextBit('CRy');

/** The message being executed: argument, caller, answer, inspection, printing and trapping. */
export function messageFunctions(guest: Guest): HostFunctions {
  const input = () => guest.execution().input;
  const method = () => utf8(input().method);
  const rejectMessage = () => utf8(input().rejectMessage);
  return {
    msg_arg_data_size: () => input().arg.length,
    msg_arg_data_copy: (dst: number, offset: number, size: number) => copyBlob(guest, input().arg, [dst, offset, size]),
    msg_caller_size: () => principalToBytes(input().caller).length,
    msg_caller_copy: (dst: number, offset: number, size: number) =>
      copyBlob(guest, principalToBytes(input().caller), [dst, offset, size]),
    // Only canister-signature callers carry sender information; none can reach this engine yet.
    msg_caller_info_data_size: () => 0,
    msg_caller_info_data_copy: (dst: number, offset: number, size: number) =>
      copyBlob(guest, EMPTY_BYTES, [dst, offset, size]),
    msg_caller_info_signer_size: () => 0,
    msg_caller_info_signer_copy: (dst: number, offset: number, size: number) =>
      copyBlob(guest, EMPTY_BYTES, [dst, offset, size]),
    msg_reject_code: () => ((input().context & REPLY_CALLBACKS) !== 0 ? 0 : input().rejectCode),
    msg_reject_msg_size: () => rejectMessage().length,
    msg_reject_msg_copy: (dst: number, offset: number, size: number) =>
      copyBlob(guest, rejectMessage(), [dst, offset, size]),
    msg_deadline: () => input().deadline,
    msg_method_name_size: () => method().length,
    msg_method_name_copy: (dst: number, offset: number, size: number) => copyBlob(guest, method(), [dst, offset, size]),
    accept_message: () => {
      const execution = guest.execution();
      if (execution.messageAccepted) contractViolation('ic0_accept_message: the message is accepted already.');
      execution.messageAccepted = true;
    },
    msg_reply_data_append: (source: number, size: number) => appendReply(guest, source, size),
    msg_reply: () => {
      const execution = unanswered(guest, 'ic0_msg_reply');
      execution.answered = true;
      execution.answer = { kind: 'reply', data: concatBytes(...execution.replyChunks) };
    },
    msg_reject: (source: number, size: number) => {
      const execution = unanswered(guest, 'ic0_msg_reject');
      const message = utf8Strict(guestSlice(guest, source, size));
      if (message === null) contractViolation('ic0_msg_reject: the message is not valid UTF-8.');
      execution.answered = true;
      execution.answer = { kind: 'reject', message };
    },
    debug_print: (source: number, size: number) => {
      const memory = guest.memory();
      const [start, length] = [source >>> 0, size >>> 0];
      const text =
        start + length <= memory.length
          ? memory.slice(start, start + length)
          : utf8('(debug_print message out of memory bounds)');
      guest.charge(text.length);
      guest.execution().prints.push(text);
    },
    trap: (source: number, size: number) => {
      const text = new TextDecoder().decode(guestSlice(guest, source, size));
      throw new HostTrap('IC0503', `Canister called \`ic0.trap\` with message: '${text}'`);
    },
  };
}

function unanswered(guest: Guest, name: string) {
  const execution = guest.execution();
  if (execution.answered) contractViolation(`"${name}": the call is already replied or rejected.`);
  return execution;
}

function appendReply(guest: Guest, source: number, size: number): void {
  const execution = unanswered(guest, 'ic0_msg_reply_data_append');
  const limit = execution.input.maxReplyBytes;
  if (execution.replyBytes + (size >>> 0) > limit) {
    contractViolation(
      `ic0_msg_reply_data_append: application payload size (${execution.replyBytes + (size >>> 0)}) cannot be larger than ${limit}.`,
    );
  }
  const chunk = readGuest(guest, source, size);
  execution.replyChunks.push(chunk);
  execution.replyBytes += chunk.length;
}
