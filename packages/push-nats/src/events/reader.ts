// Reads the event log out of JetStream, in order, from any position; many may read it at once. Commits nothing: the reader
// keeps its position with the data it made of the batches.
import { jetstreamManager, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import type { UserCredentials } from '../authority.ts';
import type { PushTls } from '../connection.ts';
import { keepConnected } from '../core-connection.ts';
import { environmentOf, eventStream, headerNames } from './stream.ts';
import type { BatchToAppend } from './writer.ts';

/** A batch in the log. */
export interface LoggedBatch extends BatchToAppend {
  /** Grows along the log; not without gaps. */
  readonly position: number;
}

/** Settings of a reader. */
export interface EventLogReaderOptions {
  readonly servers: readonly string[];
  readonly credentials: () => Promise<UserCredentials | undefined>;
  readonly tls?: PushTls;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onState?: (state: 'connected' | 'disconnected', detail?: string) => void;
}

/** Reads the log. */
export interface JetStreamLogReader {
  /** Identifies this log: another one has positions of its own. @throws PushError UNAVAILABLE while not connected. */
  identity(): Promise<string>;
  /**
   * Batches after a position, in order, at most `limit`; empty at the end of the log.
   *
   * @throws PushError UNAVAILABLE while not connected, and the library's errors: repeat.
   */
  read(afterPosition: number, limit: number): Promise<readonly LoggedBatch[]>;
  /** Position of the newest batch; 0 for an empty log. @throws like `read`. */
  head(): Promise<number>;
  /**
   * Makes room in a log that is nearly full: removes its older half, but nothing after `upTo`, which has been read. Answers
   * how many batches went. @throws like `read`.
   */
  makeRoom(upTo: number): Promise<number>;
  isUp(): boolean;
  close(): Promise<void>;
}

const answerMsMax = 5_000;
/** From this share on the log makes room; it refuses new batches when it is full. */
const nearlyFull = 0.75;
const bytesPerRead = 16 * 1024 * 1024;

/** Starts connecting; answers at once. */
export function openJetStreamLog(options: EventLogReaderOptions): JetStreamLogReader {
  let manager: JetStreamManager | undefined;
  const connection = keepConnected({
    ...options,
    name: 'flags-analytics',
    onConnected: async (connected) => {
      manager = await jetstreamManager(connected, { timeout: answerMsMax, checkAPI: false });
    },
  });
  const api = (): JetStreamManager => {
    connection.require();
    return manager!;
  };
  const info = () => api().streams.info(eventStream);
  return {
    identity: async () => `jetstream:${(await info()).created}`,
    head: async () => (await info()).state.last_seq,
    async read(afterPosition, limit) {
      const stored = await api().direct.getBatch(eventStream, {
        seq: afterPosition + 1,
        batch: limit,
        max_bytes: bytesPerRead,
      });
      const batches: LoggedBatch[] = [];
      try {
        for await (const message of stored) batches.push(batchOf(message));
      } catch (error) {
        // What came before the break is whole and in order.
        if (batches.length === 0 && !isEndOfLog(error)) throw error;
      }
      return batches;
    },
    async makeRoom(upTo) {
      const { config, state } = await info();
      if (config.max_bytes <= 0 || state.bytes < config.max_bytes * nearlyFull) return 0;
      const middle = state.first_seq + Math.ceil((state.last_seq - state.first_seq) / 2);
      const { purged } = await api().streams.purge(eventStream, { seq: Math.min(upTo + 1, middle) });
      return purged;
    },
    isUp: () => connection.isUp(),
    close: () => connection.close(),
  };
}

/** The library reports "no message found" as an error when nothing lies behind the position. */
const isEndOfLog = (error: unknown): boolean =>
  error instanceof Error && /message not found|no results/i.test(error.message);

function batchOf({ subject, seq, header, data }: StoredMsg): LoggedBatch {
  return {
    position: seq,
    environmentId: environmentOf(subject),
    instanceId: header.get(headerNames.instance),
    sequence: Number(header.get(headerNames.sequence)),
    keyId: header.get(headerNames.key),
    receivedAtMs: Number(header.get(headerNames.receivedAt)),
    bytes: data,
  };
}
