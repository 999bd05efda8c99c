import { type PrincipalText, principalToBytes } from '../principal.ts';

/** Standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
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
