// What a listener's connection needs and the library does not offer: signs of life that do not keep the host's process
// alive, and an end to a connection that brings damaged bytes. What is taken from inside the library is optional at every
// step; tests notice when it moved.
import type { NatsConnection } from '@nats-io/transport-node';
import { pingIntervalMs } from './connection.ts';

/** A server is given up when this many questions in a row stay without answer. */
const silentPingsMax = 2;
const timerMsMax = 2_147_483_647;

/** Options that put the library's own pings off for ever: their timer would keep the process alive. */
export const withoutLibraryPings = { pingInterval: timerMsMax } as const;

/** A watch over a connection. */
export interface Pings {
  /** Something arrived: no question is needed for a while. */
  heard(): void;
  stop(): void;
}

/** Asks the server for signs of life when it gives none, and ends a connection that does not answer. */
export function startPings(connection: NatsConnection): Pings {
  let silent = 0;
  let isHeard = false;
  const ask = (): void => {
    if (isHeard) {
      isHeard = false;
      return;
    }
    if (silent >= silentPingsMax) return void connection.close();
    silent += 1;
    connection.flush().then(
      () => (silent = 0),
      () => undefined,
    );
  };
  const timer = setInterval(ask, pingIntervalMs);
  timer.unref();
  return {
    heard: () => {
      isHeard = true;
      silent = 0;
    },
    stop: () => clearInterval(timer),
  };
}

interface Inside {
  readonly protocol?: {
    readonly transport?: { readonly socket?: { unref?: () => void } };
    readonly heartbeats?: { readonly timer?: { unref?: () => void } };
    readonly parser?: { parse?: (bytes: Uint8Array) => void };
  };
}

const inside = (connection: NatsConnection): Inside => connection as unknown as Inside;

/** Lets the process end although the connection is open. */
export function letProcessEnd(connection: NatsConnection): void {
  const { protocol } = inside(connection);
  protocol?.transport?.socket?.unref?.();
  protocol?.heartbeats?.timer?.unref?.();
}

/**
 * Ends the connection at the first byte that is no NATS. The library writes what it could not read to the host's console,
 * documents included, and goes on with a connection that nobody reads.
 */
export function endWhenDamaged(connection: NatsConnection): void {
  const parser = inside(connection).protocol?.parser;
  const parse = parser?.parse?.bind(parser);
  if (parser === undefined || parse === undefined) return;
  let isDamaged = false;
  parser.parse = (bytes) => {
    if (isDamaged) return;
    try {
      parse(bytes);
    } catch {
      isDamaged = true;
      void connection.close();
    }
  };
}
