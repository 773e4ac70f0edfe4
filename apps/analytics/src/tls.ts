// Credentials of gRPC, for what is served and for the processes that share partitions.
import { credentials, ServerCredentials, type ChannelCredentials } from '@grpc/grpc-js';

/** PEM. */
export interface Tls {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Who signed the certificates of the other processes; undefined: those the system trusts. */
  readonly ca: Buffer | undefined;
}

/** Plain without certificate. */
export const serverCredentials = (tls: Tls | undefined): ServerCredentials =>
  tls === undefined
    ? ServerCredentials.createInsecure()
    : ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }]);

/** The other processes are like this one. */
export const clientCredentials = (tls: Tls | undefined): ChannelCredentials =>
  tls === undefined ? credentials.createInsecure() : credentials.createSsl(tls.ca ?? null);
