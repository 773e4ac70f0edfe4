// How we connect to NATS. The client library's defaults give up after 20 s, reconnect as a herd and miss a frozen server
// for minutes: every connection of ours is made here, with these settings.
import type { Authenticator, ConnectionOptions, TlsOptions } from '@nats-io/transport-node';
import type { UserCredentials } from './authority.ts';
import { nkeyFromSeed } from './nkey.ts';

/** A frozen server is noticed after three of these. */
export const pingIntervalMs = 5_000;
const pingsOutMax = 2;
const connectTimeoutMs = 5_000;

/** TLS settings, for servers whose certificate the system does not know. */
export interface PushTls {
  /** PEM of the authorities to trust. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Where to connect and as whom. */
export interface ConnectionSettings {
  readonly servers: readonly string[];
  /** Shown in the server's connection list. */
  readonly name: string;
  /** Asked at each attempt, so that it may change; undefined: the server asks for none. */
  readonly credentials: () => UserCredentials | undefined;
  readonly inboxPrefix?: string;
  readonly tls?: PushTls;
  /** How long connecting may take; default 5 s. */
  readonly timeoutMs?: number;
}

/** Options every connection shares. A new object each time: the library changes what it is given. */
export function connectionOptions(settings: ConnectionSettings): ConnectionOptions {
  return {
    servers: [...settings.servers],
    name: settings.name,
    authenticator: authenticator(settings.credentials),
    pingInterval: pingIntervalMs,
    maxPingOut: pingsOutMax,
    timeout: settings.timeoutMs ?? connectTimeoutMs,
    noAsyncTraces: true,
    ...(settings.inboxPrefix === undefined ? {} : { inboxPrefix: settings.inboxPrefix }),
    ...(settings.tls === undefined ? {} : { tls: { ...settings.tls } satisfies TlsOptions }),
  };
}

function authenticator(credentials: () => UserCredentials | undefined): Authenticator {
  return (nonce) => {
    const user = credentials();
    if (user === undefined || user.jwt === '') return undefined;
    const signature = nkeyFromSeed(user.seed).sign(Buffer.from(nonce ?? ''));
    return { jwt: user.jwt, sig: Buffer.from(signature).toString('base64url') };
  };
}
