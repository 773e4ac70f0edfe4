// Ends the connections of SDK keys that were revoked, on every server of the cluster, and keeps their credentials from
// being used again. Works over the system account; without it, access ends with the credentials (at most 15 minutes).
import { decode, type Account } from '@nats-io/jwt';
import type { NatsConnection } from '@nats-io/transport-node';
import { listenerLifetimeMsMax, type NatsAuthority } from './authority.ts';
import type { PushTls } from './connection.ts';
import { keepConnected } from './core-connection.ts';
import { PushError } from './errors.ts';

/** Settings of a revoker. */
export interface RevokerOptions {
  readonly servers: readonly string[];
  readonly authority: NatsAuthority;
  readonly tls?: PushTls;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Called when a revocation could not be told to NATS; it is tried again when the connection is back. */
  readonly onError?: (error: unknown) => void;
}

/** Revokes credentials. */
export interface Revoker {
  /** Ends the key's connections; resolves when told or noted for later. Safe to repeat. */
  revoke(keyId: string): Promise<void>;
  close(): Promise<void>;
}

type Revocations = Record<string, number>;

const requestMsMax = 5_000;

/** Starts connecting; answers at once. */
export function createRevoker(options: RevokerOptions): Revoker {
  return options.authority.canRevoke ? connectedRevoker(options) : powerlessRevoker(options);
}

/** For accounts under somebody else's operator: says that access lasts until the credentials expire. */
function powerlessRevoker({ onError }: RevokerOptions): Revoker {
  const error = new PushError(
    'INVALID',
    'the authority cannot revoke: access ends when the credentials expire',
  );
  return { revoke: () => Promise.resolve(onError?.(error)), close: () => Promise.resolve() };
}

function connectedRevoker(options: RevokerOptions): Revoker {
  const { authority } = options;
  const noted: Revocations = {};
  const tell = async (connection: NatsConnection): Promise<void> => {
    forgetOld(noted, options.now());
    if (Object.keys(noted).length === 0) return;
    await update(connection, authority, noted, options.now());
  };
  const connection = keepConnected({
    ...options,
    name: 'flags-core-system',
    credentials: () => authority.systemCredentials(),
    onConnected: tell,
  });
  const inTurn = oneAfterAnother();
  return {
    revoke: (keyId) =>
      inTurn(async () => {
        noted[authority.listenerUserId(keyId)] = Math.ceil(options.now() / 1_000);
        try {
          await tell(connection.require());
        } catch (error) {
          options.onError?.(error);
        }
      }),
    close: () => connection.close(),
  };
}

/** Sends the account with our revocations and those the servers hold already, which other cores sent. */
async function update(
  connection: NatsConnection,
  authority: NatsAuthority,
  noted: Revocations,
  nowMs: number,
): Promise<void> {
  const merged = { ...(await currentRevocations(connection, authority)), ...noted };
  forgetOld(merged, nowMs);
  const jwt = await authority.accountJwt(merged);
  if (jwt === undefined) throw new Error('revoking needs the seed of the operator');
  const answer = await connection.request(`$SYS.REQ.ACCOUNT.${authority.accountId}.CLAIMS.UPDATE`, jwt, {
    timeout: requestMsMax,
  });
  const { error } = answer.json<{ error?: { description?: string } }>();
  if (error !== undefined)
    throw new Error(`NATS refused the account: ${error.description ?? 'no reason given'}`);
}

async function currentRevocations(
  connection: NatsConnection,
  authority: NatsAuthority,
): Promise<Revocations> {
  const subject = `$SYS.REQ.ACCOUNT.${authority.accountId}.CLAIMS.LOOKUP`;
  const jwt = (await connection.request(subject, '', { timeout: requestMsMax })).string();
  return jwt === '' ? {} : { ...decode<Account>(jwt).nats.revocations };
}

/** Credentials older than their longest life are void without us. */
function forgetOld(revocations: Revocations, nowMs: number): void {
  for (const [user, seconds] of Object.entries(revocations)) {
    if (seconds * 1_000 + listenerLifetimeMsMax < nowMs) delete revocations[user];
  }
}

function oneAfterAnother(): (task: () => Promise<void>) => Promise<void> {
  let tail = Promise.resolve();
  return (task) => (tail = tail.then(task, task));
}
