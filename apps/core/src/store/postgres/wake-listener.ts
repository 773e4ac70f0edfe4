// Listens to the notices of other cores on a connection of its own, connecting again for ever. Notices are a hint: those
// who follow the store also look by themselves.
import pg from 'pg';
import { wakeChannel } from './wake-channel.ts';

const reconnectMs = { min: 100, max: 5_000 } as const;
const connectMsMax = 2_000;
/** A frozen server does not close the connection: without an answer to this the listener connects anew. */
const pingIntervalMs = 5_000;

export interface WakeListener {
  close(): Promise<void>;
}

/** Calls `onTopic` for every notice, and with "" after each new connection: something may have been missed. */
export function startWakeListener(connectionString: string, onTopic: (topic: string) => void): WakeListener {
  let closed = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let client: pg.Client | undefined;

  const later = (work: () => void, delayMs: number): void => {
    clearTimeout(timer);
    timer = setTimeout(work, delayMs).unref();
  };
  const connectAgain = (): void => {
    if (closed) return;
    failures += 1;
    later(() => void connect(), Math.min(reconnectMs.max, reconnectMs.min * 2 ** failures));
  };
  const drop = (dropped: pg.Client): void => {
    if (client !== dropped) return;
    client = undefined;
    dropped.removeAllListeners();
    dropped.on('error', () => undefined);
    dropped.end().catch(() => undefined);
    connectAgain();
  };
  const ping = (current: pg.Client): void => {
    if (closed || client !== current) return;
    current.query('SELECT 1').then(
      () => later(() => ping(current), pingIntervalMs),
      () => drop(current),
    );
  };
  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString,
      connectionTimeoutMillis: connectMsMax,
      query_timeout: connectMsMax,
      keepAlive: true,
      application_name: 'flags-core wake',
    });
    client = next;
    next.on('error', () => drop(next));
    next.on('end', () => drop(next));
    next.on('notification', ({ payload }) => onTopic(payload ?? ''));
    try {
      await next.connect();
      await next.query(`LISTEN ${wakeChannel}`);
    } catch {
      return drop(next);
    }
    failures = 0;
    onTopic('');
    later(() => ping(next), pingIntervalMs);
  };
  void connect();
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      const ending = client;
      client = undefined;
      ending?.removeAllListeners();
      ending?.on('error', () => undefined);
      await ending?.end().catch(() => undefined);
    },
  };
}
