import { IDL } from '@dfinity/candid';
import type { Principal } from '@dfinity/principal';
import { candidProblem } from '../candid-guard.ts';
import type { Reject, Result } from '../errors.ts';
import { type PrincipalText, principalFromBytes } from '../principal.ts';
import { undecodable } from './rejects.ts';
import type { IngressRule, ManagementContext, ManagementMethod, ManagementOutcome } from './types.ts';

/** A method before decoding: `Args` are the values that @dfinity/candid makes of `args`. */
export interface MethodDefinition<Args> {
  readonly name: string;
  readonly ingress: IngressRule;
  readonly budgeted?: boolean;
  readonly args: IDL.Type;
  /** The canister that the argument names, for routing; default: none. */
  readonly target?: (args: Args) => Principal | null;
  readonly run: (context: ManagementContext, args: Args) => ManagementOutcome;
}

export function defineMethod<Args>(definition: MethodDefinition<Args>): ManagementMethod {
  const { name, ingress, args: type, target } = definition;
  return {
    name,
    ingress,
    budgeted: definition.budgeted ?? false,
    run: (context) => {
      const args = decodeArgs<Args>(type, context.request.payload);
      return args.ok ? definition.run(context, args.value) : refuse(args.error);
    },
    effectiveCanister: (payload) => {
      const args = decodeArgs<Args>(type, payload);
      if (!args.ok) return { reject: args.error };
      const id = target?.(args.value) ?? null;
      return { canisterId: id === null ? null : textOf(id) };
    },
  };
}

/** The one argument of a management call. IC0408 if it cannot be decoded, or only with unreasonable work. */
export function decodeArgs<Args>(type: IDL.Type, payload: Uint8Array): Result<Args> {
  const problem = candidProblem(payload);
  if (problem !== null) return { ok: false, error: undecodable(problem) };
  try {
    const [value] = IDL.decode([type], new Uint8Array(payload));
    return { ok: true, value: value as unknown as Args };
  } catch (error) {
    return { ok: false, error: undecodable(decoderMessage(error)) };
  }
}

/** The decoder numbers types over the life of the process; a message must not depend on what was decoded before. */
function decoderMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/rec_\d+/g, 'rec');
}

export interface ReplyOptions {
  readonly instructions?: bigint;
  readonly acceptedCycles?: bigint;
}

/** A reply of one value. `value` is what @dfinity/candid encodes as `type`. */
export function reply(type: IDL.Type, value: unknown, options: ReplyOptions = {}): ManagementOutcome {
  return replyBytes(new Uint8Array(IDL.encode([type], [value])), options);
}

export function replyEmpty(options: ReplyOptions = {}): ManagementOutcome {
  return replyBytes(EMPTY_REPLY, options);
}

/** Candid of no values. */
export const EMPTY_REPLY: Uint8Array = new Uint8Array([0x44, 0x49, 0x44, 0x4c, 0, 0]);

function replyBytes(data: Uint8Array, options: ReplyOptions): ManagementOutcome {
  return {
    kind: 'reply',
    data,
    instructions: options.instructions ?? 0n,
    acceptedCycles: options.acceptedCycles ?? 0n,
  };
}

export function refuse(error: Reject, instructions = 0n): ManagementOutcome {
  return { kind: 'reject', reject: error, instructions };
}

export function fail(error: Reject): { readonly ok: false; readonly error: Reject } {
  return { ok: false, error };
}

export function textOf(id: Principal): PrincipalText {
  return principalFromBytes(id.toUint8Array());
}
