// The one connection set of a client: a session to one core of several, and a push channel beside it. Opens and closes
// when told; goes to the next core each time.
import type { ConnectionOptions } from 'node:tls';
import type { Position } from '@org/sync';
import type { FlagsError } from './errors.ts';
import { openSession, type Session } from './grpc/session.ts';
import type { Platform } from './platform.ts';
import type { PushChannel, PushListener } from './push/push-channel.ts';

export interface ConnectionSettings {
  readonly urls: readonly string[];
  readonly key: string;
  readonly tls?: ConnectionOptions | undefined;
  readonly platform: Platform;
  readonly channel: PushChannel;
}

/** At most one session and one push channel at any time. */
export interface Connection {
  /** The open session, if any. */
  readonly session: Session | undefined;
  /** Closes what is open and connects to the next core. `listener.closed` says once when that ended by itself. */
  open(position: Position | undefined, listener: PushListener): void;
  /** Without a further word to the listener. */
  close(): void;
}

/** Starts with a random core, so that a fleet spreads over all of them. */
export const createConnection = ({ urls, key, tls, platform, channel }: ConnectionSettings): Connection => {
  let next = Math.floor(platform.random() * urls.length);
  let session: Session | undefined;
  let closeAll = (): void => undefined;

  return {
    get session() {
      return session;
    },
    open(position, listener) {
      closeAll();
      const url = urls[next]!;
      next = (next + 1) % urls.length;
      let current = true;
      let closeChannel = (): void => undefined;
      closeAll = () => {
        if (!current) return;
        current = false;
        closeChannel();
        opened.close();
        session = undefined;
      };
      const ended = (error: FlagsError | undefined): void => {
        if (!current) return;
        closeAll();
        listener.closed(error);
      };
      const opened = openSession({ url, key, tls, platform, onClosed: ended });
      session = opened;
      const live =
        <Arguments extends readonly unknown[]>(tell: (...values: Arguments) => void) =>
        (...values: Arguments): void => {
          if (current) tell(...values);
        };
      closeChannel = channel.open(opened, position, {
        connected: live(listener.connected),
        snapshot: live(listener.snapshot),
        delta: live(listener.delta),
        heartbeat: live(listener.heartbeat),
        closed: ended,
      });
    },
    close: () => closeAll(),
  };
};
