import { IDL } from '@dfinity/candid';
import type { CallRequest, CallResult, PrincipalText } from 'local-ic';
import { candidText } from '../candid/text.ts';

/** One method of one canister, with its Candid types. */
export interface Method {
  readonly canisterId: PrincipalText;
  readonly service: IDL.ServiceClass;
  readonly name: string;
  readonly types: IDL.FuncClass;
}

export function method(service: IDL.ServiceClass, canisterId: PrincipalText, name: string): Method {
  const types = service._fields.find(([field]) => field === name)?.[1];
  if (!(types instanceof IDL.FuncClass)) throw new Error(`the service has no method ${name}`);
  return { canisterId, service, name, types };
}

export function isQuery(method: Method): boolean {
  return method.types.annotations.includes('query');
}

export interface MethodCall {
  readonly method: Method;
  readonly args: readonly unknown[];
}

export interface Call extends MethodCall {
  readonly sender: PrincipalText;
}

export function request({ method, args, sender }: Call): CallRequest {
  const payload = new Uint8Array(IDL.encode(method.types.argTypes, [...args]));
  return { sender, canisterId: method.canisterId, method: method.name, payload };
}

/** What a canister, or the IC in its place, answered. */
export type Answer =
  | { readonly kind: 'reply'; readonly values: readonly unknown[]; readonly text: string }
  | { readonly kind: 'reject'; readonly text: string };

export function answer(method: Method, result: CallResult): Answer {
  if (result.kind === 'reject') {
    const { rejectCode, errorCode, message } = result.reject;
    return { kind: 'reject', text: `reject code ${rejectCode}${errorCode ? `, ${errorCode}` : ''}: ${message}` };
  }
  const types = method.types.retTypes;
  const values = IDL.decode(types, new Uint8Array(result.data));
  return { kind: 'reply', values, text: candidText(types, values) };
}
