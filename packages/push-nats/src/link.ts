// One connection of a listener, from connect to its end. Never reconnects by itself and never keeps the host's process
// alive.
import {
  AuthorizationError,
  connect,
  PermissionViolationError,
  UserAuthenticationExpiredError,
  type NatsConnection,
} from '@nats-io/transport-node';
import { connectionOptions, type PushTls } from './connection.ts';
import { PushError } from './errors.ts';
import { endWhenDamaged, letProcessEnd, startPings, withoutLibraryPings } from './connection-care.ts';

/** What a listener needs to connect; the shape of `flags.v1.NatsAccess`. */
export interface PushAccess {
  readonly servers: readonly string[];
  /** Empty when the server asks for no credentials. */
  readonly jwt: string;
  readonly seed: string;
  readonly inboxPrefix: string;
  readonly deltaSubject: string;
  readonly heartbeatSubject: string;
}

/** How a link ended: `denied` needs other credentials, `lost` another attempt. */
export type LinkEnd = 'lost' | 'denied' | 'closed';

/** A connection that listens. */
export interface Link {
  readonly ended: Promise<LinkEnd>;
  close(): Promise<void>;
  /** Closes it once everything has come that was on its way. */
  finish(): Promise<void>;
}

/** Called for each message; must not throw, must not keep the bytes longer than the call unless it copies them. */
export interface LinkHandlers {
  readonly onDelta: (payload: Uint8Array) => void;
  readonly onHeartbeat: (payload: Uint8Array) => void;
}

/** Settings of the connection. */
export interface LinkSettings {
  readonly tls?: PushTls;
  readonly timeoutMs?: number;
}

/**
 * Connects and subscribes; resolves when the server has taken both subscriptions.
 *
 * @throws when no server lets us in, or a subscription is refused.
 */
export async function openLink(
  access: PushAccess,
  handlers: LinkHandlers,
  { tls, timeoutMs }: LinkSettings,
): Promise<Link> {
  const connection = await connect({
    ...connectionOptions({
      servers: access.servers,
      name: 'flags-listener',
      credentials: () => access,
      ...(access.inboxPrefix === '' ? {} : { inboxPrefix: access.inboxPrefix }),
      ...(tls === undefined ? {} : { tls }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    }),
    ...withoutLibraryPings,
    reconnect: false,
    ignoreClusterUpdates: true,
  });
  let end: LinkEnd = 'lost';
  const deny = (error: Error): void => {
    if (isDenial(error)) end = 'denied';
  };
  void followStatus(connection, deny);
  endWhenDamaged(connection);
  const pings = startPings(connection);
  const ended = connection.closed().then((error) => {
    pings.stop();
    if (error instanceof Error) deny(error);
    return end;
  });
  try {
    await subscribe(connection, access, handlers, pings.heard);
    letProcessEnd(connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
  const close = async (): Promise<void> => {
    end = 'closed';
    await connection.close();
  };
  /** The pong comes behind everything the server sent before it knew of the ping. */
  const finish = async (): Promise<void> => {
    await Promise.race([connection.flush().catch(() => undefined), ended]);
    await close();
  };
  return { ended, close, finish };
}

/** True for an error that the same credentials will meet again. */
export function isDenial(error: unknown): boolean {
  return (
    error instanceof AuthorizationError ||
    error instanceof UserAuthenticationExpiredError ||
    error instanceof PermissionViolationError
  );
}

async function subscribe(
  connection: NatsConnection,
  access: PushAccess,
  handlers: LinkHandlers,
  heard: () => void,
): Promise<void> {
  const refused = new Promise<never>((_, reject) => {
    const listen = (subject: string, handle: (payload: Uint8Array) => void): void => {
      // Callbacks, not iterators: an iterator would queue without bound while the application blocks.
      const callback = (error: Error | null, message: { data: Uint8Array }): void => {
        if (error !== null) return reject(error);
        heard();
        handle(message.data);
      };
      connection.subscribe(subject, { callback });
    };
    listen(access.deltaSubject, handlers.onDelta);
    listen(access.heartbeatSubject, handlers.onHeartbeat);
  });
  // The library leaves a flush pending for ever when the connection ends under it.
  const gone = connection.closed().then((error): never => {
    throw error ?? new PushError('UNAVAILABLE', 'the connection ended while subscribing');
  });
  // The server answers refusals before the pong of the flush.
  await Promise.race([connection.flush(), refused, gone]);
  refused.catch(() => connection.close());
}

async function followStatus(connection: NatsConnection, deny: (error: Error) => void): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'error') deny(status.error);
  }
}
