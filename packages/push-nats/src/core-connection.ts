// A core's connection to NATS: comes up in the background, never gives up, and says whether it is up, so that callers
// answer at once instead of queueing while NATS is down.
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { UserCredentials } from './authority.ts';
import { connectionOptions, type PushTls } from './connection.ts';
import { PushError } from './errors.ts';
import { pause } from './pause.ts';

/** Where the core connects. */
export interface CoreConnectionOptions {
  readonly servers: readonly string[];
  readonly name: string;
  /** Asked once per attempt to connect anew; undefined: the server asks for none. */
  readonly credentials: () => Promise<UserCredentials | undefined>;
  readonly tls?: PushTls;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Called at each (re)connection, before anything else uses it; a rejection is retried. */
  readonly onConnected?: (connection: NatsConnection) => Promise<void>;
  /** Called when the connection comes and goes, and with errors the server reports. */
  readonly onState?: (state: 'connected' | 'disconnected', detail?: string) => void;
}

/** A connection that may be down. */
export interface CoreConnection {
  /** @throws PushError UNAVAILABLE while not connected. */
  require(): NatsConnection;
  isUp(): boolean;
  close(): Promise<void>;
}

const retryMsMax = 2_000;

/** Starts connecting; answers at once. */
export function keepConnected(options: CoreConnectionOptions): CoreConnection {
  const closing = new AbortController();
  let up: NatsConnection | undefined;
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const detail = await session(options, closing.signal, (connection) => (up = connection));
      up = undefined;
      if (closing.signal.aborted) return;
      options.onState?.('disconnected', detail);
      await pause(options.random() * retryMsMax, closing.signal);
    }
  };
  const running = run();
  return {
    require: () => {
      if (up !== undefined) return up;
      throw new PushError('UNAVAILABLE', 'NATS is not connected');
    },
    isUp: () => up !== undefined,
    close: async () => {
      closing.abort();
      await running;
    },
  };
}

/** One connection from its start to its end; resolves with what ended it. */
async function session(
  options: CoreConnectionOptions,
  closing: AbortSignal,
  announce: (connection: NatsConnection) => void,
): Promise<string> {
  let connection: NatsConnection | undefined;
  try {
    const user = await options.credentials();
    const { servers, name, tls } = options;
    const settings = { servers, name, credentials: () => user, ...(tls === undefined ? {} : { tls }) };
    // Its own loop instead of the library's: credentials and stream set-up belong to each new connection.
    connection = await connect({ ...connectionOptions(settings), reconnect: false });
    void followStatus(connection, options);
    await options.onConnected?.(connection);
    announce(connection);
    options.onState?.('connected');
    await Promise.race([connection.closed(), aborted(closing)]);
    return 'the connection was lost';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await connection?.close();
  }
}

async function followStatus(connection: NatsConnection, options: CoreConnectionOptions): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'error') options.onState?.('disconnected', status.error.message);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((settle) => {
    if (signal.aborted) settle();
    signal.addEventListener('abort', () => settle(), { once: true });
  });
}
