import { createRequire } from 'node:module';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import type * as ResponseVerification from '@dfinity/response-verification';
import type { HeaderFields, PageResponse, PageVerifier } from '../http/gateway/types.ts';
import { MAX_CERTIFICATE_AGE_NANOS, MAX_DECODED_BODY_BYTES } from '../limits.ts';
import { principalToBytes } from '../principal.ts';

const LIBRARY = '@dfinity/response-verification';
const OLDEST_VERSION = 1;

/**
 * What gateways on mainnet verify answers with, compiled to WebAssembly. Loaded when it is first needed. A canister's
 * headers can make it overflow its stack; what was on the stack then stays, so the next answer gets a new one.
 */
export function createResponseVerifier(): PageVerifier {
  let library: typeof ResponseVerification | null = null;
  return ({ canisterId, request, response, time, rootKey }) => {
    const problem = decodedSizeProblem(response);
    if (problem !== null) return { ok: false, reason: problem };
    library ??= load();
    try {
      const { verificationVersion: version, response: verified } = library.verifyRequestResponsePair(
        { ...request, headers: pairs(request.headers), certificate_version: [] },
        { status_code: response.status, headers: pairs(response.headers), body: response.body },
        principalToBytes(canisterId),
        time,
        MAX_CERTIFICATE_AGE_NANOS,
        rootKey,
        OLDEST_VERSION,
      );
      return { ok: true, version, headers: verified === undefined ? null : verified.headers };
    } catch (error) {
      if (!(error instanceof library.ResponseVerificationError)) {
        library = null;
        return { ok: false, reason: 'The certificate in the headers cannot be read.' };
      }
      const { message: reason } = error;
      error.free();
      return { ok: false, reason };
    }
  };
}

function load(): typeof ResponseVerification {
  // A loader of its own each time: one that has loaded a module holds it for good.
  const require = createRequire(import.meta.url);
  delete require.cache[require.resolve(LIBRARY)];
  return require(LIBRARY);
}

function pairs(headers: HeaderFields): [string, string][] {
  return headers.map(([name, value]) => [name, value]);
}

const DECODERS: Readonly<Record<string, (body: Uint8Array, options: { maxOutputLength: number }) => Uint8Array>> = {
  gzip: gunzipSync,
  deflate: inflateRawSync,
};

/** Version 1 certifies a body as it is decoded; the library decodes without a limit. */
function decodedSizeProblem({ headers, body }: PageResponse): string | null {
  const last = (name: string) => headers.findLast((field) => field[0].toLowerCase() === name)?.[1] ?? '';
  if (/\bversion=2\b/.test(last('ic-certificate'))) return null;
  const decode = DECODERS[last('content-encoding')];
  try {
    decode?.(body, { maxOutputLength: MAX_DECODED_BODY_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      return `The body is more than ${MAX_DECODED_BODY_BYTES} bytes when it is decoded.`;
    }
  }
  return null;
}
