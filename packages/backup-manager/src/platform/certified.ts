/** Certified data: 32 bytes that the subnet vouches for. */
import { certifiedDataSet, dataCertificate } from 'azle';

/** Not in a query. */
export function certify(root: Uint8Array): void {
  certifiedDataSet(root);
}

/** The certificate of the certified data; only in a query that is answered by one replica. */
export function certificate(): Uint8Array | undefined {
  return dataCertificate();
}
