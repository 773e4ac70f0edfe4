// Signs of life on a listener's connection, in place of the library's, whose timer would keep the host's process alive.
import type { NatsConnection } from '@nats-io/transport-node';
import { pingIntervalMs } from './connection.ts';

/** A server is given up when this many questions in a row stay without answer. */
const silentPingsMax = 2;
const timerMsMax = 2_147_483_647;

/** Asks the server for signs of life and ends a connection that gives none. */
export const keepAlive = {
  /** Puts the library's own pings off for ever. */
  options: { pingInterval: timerMsMax },
  /** Starts asking; the returned function stops it. */
  start(connection: NatsConnection): () => void {
    let silent = 0;
    const ask = (): void => {
      if (silent >= silentPingsMax) return void connection.close();
      silent += 1;
      connection.flush().then(
        () => (silent = 0),
        () => undefined,
      );
    };
    const timer = setInterval(ask, pingIntervalMs);
    timer.unref();
    return () => clearInterval(timer);
  },
} as const;

interface Unref {
  unref?: () => void;
}

/**
 * Lets the process end although the connection is open, as an SDK must. The library offers no way to say so: what is
 * taken from inside it is optional at every step, and a test notices when it moved.
 */
export function letProcessEnd(connection: NatsConnection): void {
  const { protocol } = connection as unknown as {
    readonly protocol?: {
      readonly transport?: { readonly socket?: Unref };
      readonly heartbeats?: { timer?: Unref };
    };
  };
  protocol?.transport?.socket?.unref?.();
  protocol?.heartbeats?.timer?.unref?.();
}
