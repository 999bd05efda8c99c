import type { ApiRefusal, ApiResult } from '../types.ts';

export type Checked<T> = ApiResult<T>;

export function passed<T>(value: T): Checked<T> {
  return { ok: true, value };
}

export function refused(
  message: string,
  status: ApiRefusal['status'] = 400,
): { readonly ok: false; readonly refusal: ApiRefusal } {
  return { ok: false, refusal: { status, message } };
}
