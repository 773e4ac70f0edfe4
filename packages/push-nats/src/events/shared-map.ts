// A few small texts that processes of one installation share, in JetStream: the newest of each key, replaced only by whoever
// knows which one is replaced.
import {
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type JetStreamClient,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { keepConnected } from '../core-connection.ts';
import type { EventLogReaderOptions } from './reader.ts';

/** A text with what names this version of it. */
export interface SharedText {
  readonly text: string;
  readonly revision: number;
}

/** Every call rejects while it cannot be reached, and may be repeated. */
export interface SharedMap {
  get(key: string): Promise<SharedText | undefined>;
  /** False: the key holds another revision than the one expected (0: none). */
  put(key: string, text: string, expected: number): Promise<boolean>;
  /** Texts of all keys that begin so, and end without a further dot. */
  list(prefix: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

const stream = 'FLAGS_ANALYTICS';
const subjectOf = (key: string): string => `flags.analytics.${key}`;
const answerMsMax = 5_000;
const [streamNotFound, wrongLastSequence] = [10_059, 10_071];

const isApiError = (error: unknown, code: number): boolean =>
  error instanceof JetStreamApiError && error.code === code;

/** Starts connecting; answers at once. Makes the stream when connected. */
export function openSharedMap(options: EventLogReaderOptions & { readonly replicas?: number }): SharedMap {
  let open: { readonly manager: JetStreamManager; readonly client: JetStreamClient } | undefined;
  const connection = keepConnected({
    ...options,
    name: 'flags-analytics-shares',
    onConnected: async (connected) => {
      const manager = await jetstreamManager(connected, { timeout: answerMsMax, checkAPI: false });
      await ensureStream(manager, options.replicas ?? 1);
      open = { manager, client: jetstream(connected, { timeout: answerMsMax }) };
    },
  });
  const api = () => {
    connection.require();
    return open!;
  };
  return {
    async get(key) {
      const message = await api().manager.streams.getMessage(stream, { last_by_subj: subjectOf(key) });
      return message === null ? undefined : { text: message.string(), revision: message.seq };
    },
    async put(key, text, expected) {
      try {
        await api().client.publish(subjectOf(key), text, { expect: { lastSubjectSequence: expected } });
        return true;
      } catch (error) {
        if (isApiError(error, wrongLastSequence)) return false;
        throw error;
      }
    },
    async list(prefix) {
      const texts: string[] = [];
      for (let from = 1; ;) {
        const message = await api().manager.direct.getMessage(stream, {
          seq: from,
          next_by_subj: subjectOf(`${prefix}*`),
        });
        if (message === null) return texts;
        texts.push(message.string());
        from = message.seq + 1;
      }
    },
    close: () => connection.close(),
  };
}

async function ensureStream(manager: JetStreamManager, replicas: number): Promise<void> {
  try {
    await manager.streams.info(stream);
  } catch (error) {
    if (!isApiError(error, streamNotFound)) throw error;
    await manager.streams.add({
      name: stream,
      subjects: [subjectOf('>')],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      num_replicas: replicas,
      max_msgs_per_subject: 1,
      allow_direct: true,
    });
  }
}
