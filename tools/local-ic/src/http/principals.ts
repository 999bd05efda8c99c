import { type PrincipalText, principalFromBytes, principalToBytes } from '../principal.ts';
import { encodeBase64 } from './encoding.ts';
import { decodeBase64, type Fields, textField } from './fields.ts';

/** Principals at PocketIC's border: base64 of their bytes. */

export function decodePrincipal(text: string, name: string): PrincipalText {
  return principalFromBytes(decodeBase64(text, name).slice());
}

export function principalField(fields: Fields, name: string): PrincipalText {
  return decodePrincipal(textField(fields, name), name);
}

export function encodePrincipal(id: PrincipalText): string {
  return encodeBase64(principalToBytes(id));
}

export function canisterIdJson(id: PrincipalText): { readonly canister_id: string } {
  return { canister_id: encodePrincipal(id) };
}

export function subnetIdJson(id: PrincipalText): { readonly subnet_id: string } {
  return { subnet_id: encodePrincipal(id) };
}
