// The one connection set of a client: a session to one core of several, and a push channel beside it. Opens and closes
// when told; goes to the next core each time. A session lost beside a push channel that lives on is replaced quietly.
import type { ConnectionOptions } from 'node:tls';
import type { Position } from '@org/sync';
import { createAlarm } from './alarm.ts';
import type { FlagsError } from './errors.ts';
import { openSession, type Session } from './grpc/session.ts';
import { sessionSpreadMaxMs, sessionSpreadMs, summonedAgainMs } from './limits.ts';
import type { Platform } from './platform.ts';
import type { OpenChannel, PushChannel, PushListener } from './push/push-channel.ts';

export interface ConnectionSettings {
  readonly urls: readonly string[];
  readonly key: string;
  readonly tls?: ConnectionOptions | undefined;
  readonly platform: Platform;
  readonly channel: PushChannel;
  readonly position: () => Position | undefined;
  /** A session was replaced quietly: the core it leads to knows nothing of this client yet. */
  readonly onReplaced: () => void;
}

/** At most one session and one push channel at any time. */
export interface Connection {
  /** The open session, if any. */
  readonly session: Session | undefined;
  /** A repair needs a session: one that is to be replaced is replaced soon, not when its turn has come. */
  summon(): void;
  /** Closes what is open and connects to the next core. `listener.closed` says once when that ended by itself. */
  open(listener: PushListener): void;
  /** Without a further word to the listener. */
  close(): void;
}

const closedChannel: OpenChannel = { survives: () => false, close: () => undefined };

/** Lets calls through as long as the condition holds. */
const when =
  (condition: () => boolean) =>
  <Arguments extends readonly unknown[]>(tell: (...values: Arguments) => void) =>
  (...values: Arguments): void => {
    if (condition()) tell(...values);
  };

/** Starts with a random core, so that a fleet spreads over all of them. */
export const createConnection = (settings: ConnectionSettings): Connection => {
  const { urls, platform, channel, position } = settings;
  let next = Math.floor(platform.random() * urls.length);
  let session: Session | undefined;
  let closeAll = (): void => undefined;
  let summon = (): void => undefined;

  const openNext = (onClosed: (error: FlagsError) => void): Session => {
    const url = urls[next]!;
    next = (next + 1) % urls.length;
    return openSession({ url, key: settings.key, tls: settings.tls, platform, onClosed });
  };

  return {
    get session() {
      return session;
    },
    summon: () => summon(),
    open(listener) {
      closeAll();
      let current = true;
      let failures = 0;
      let openedMs = platform.nowMs();
      let push: OpenChannel = closedChannel;
      const reopening = createAlarm(platform, () => {
        openedMs = platform.nowMs();
        session = openNext(sessionClosed);
        settings.onReplaced();
      });

      closeAll = () => {
        if (!current) return;
        current = false;
        reopening.stop();
        push.close();
        session?.close();
        session = undefined;
      };
      const ended = (error: FlagsError | undefined): void => {
        if (!current) return;
        closeAll();
        listener.closed(error);
      };
      const sessionClosed = (error: FlagsError): void => {
        session = undefined;
        if (!current || !push.survives()) return ended(error);
        failures = platform.nowMs() - openedMs > sessionSpreadMaxMs ? 0 : failures + 1;
        const spreadMs = Math.min(sessionSpreadMaxMs, sessionSpreadMs * 2 ** failures);
        reopening.set(platform.nowMs() + platform.random() * spreadMs);
      };
      const live = when(() => current);
      summon = () => {
        if (!current || session) return;
        reopening.set(Math.max(platform.nowMs(), openedMs + summonedAgainMs));
      };
      session = openNext(sessionClosed);
      push = channel.open(
        { session: () => session, position },
        {
          connected: live(listener.connected),
          snapshot: live(listener.snapshot),
          delta: live(listener.delta),
          heartbeat: live(listener.heartbeat),
          closed: ended,
        },
      );
      // It may have ended while it was being opened.
      if (!current) push.close();
    },
    close: () => closeAll(),
  };
};
