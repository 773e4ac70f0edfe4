// Appends batches to the event log in JetStream. A batch counts as stored when JetStream has acknowledged it, with fsync on
// every server of ours (sync_interval: always). Keeps nothing: what was not acknowledged, its sender sends again.
import { jetstream, jetstreamManager, type JetStreamClient } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import type { UserCredentials } from '../authority.ts';
import type { PushTls } from '../connection.ts';
import { keepConnected } from '../core-connection.ts';
import { PushError } from '../errors.ts';
import {
  ensureEventStream,
  eventStream,
  eventSubject,
  headerNames,
  type EventStreamSettings,
} from './stream.ts';

/** A batch on its way into the log. */
export interface BatchToAppend {
  readonly environmentId: string;
  readonly instanceId: string;
  readonly sequence: number;
  readonly keyId: string;
  /** Unix milliseconds. */
  readonly receivedAtMs: number;
  /** Protobuf of flags.v1.RecordRequest. */
  readonly bytes: Uint8Array;
}

/** Settings of a writer. */
export interface EventLogWriterOptions {
  readonly servers: readonly string[];
  readonly credentials: () => Promise<UserCredentials | undefined>;
  readonly tls?: PushTls;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly stream?: Partial<EventStreamSettings>;
  readonly onState?: (state: 'connected' | 'disconnected', detail?: string) => void;
}

/** Writes the log. */
export interface EventLogWriter {
  /**
   * Appends one batch; safe to repeat. `duplicate`: it was there already (recognised for two minutes; the reader of the log
   * recognises the rest).
   *
   * @throws PushError UNAVAILABLE while not connected, INVALID for a batch the server is too small for, and the library's
   * errors when the outcome is unknown: repeat.
   */
  append(batch: BatchToAppend): Promise<'new' | 'duplicate'>;
  isUp(): boolean;
  close(): Promise<void>;
}

const day = 24 * 60 * 60_000;
const streamDefaults: EventStreamSettings = { replicas: 1, retentionMs: 7 * day, bytesMax: 2 * 1024 ** 3 };
const ackMsMax = 5_000;
/** Room for subject and headers in a message. */
const envelopeBytes = 2_048;

/** Starts connecting; answers at once. Makes the stream when connected. */
export function createEventLogWriter(options: EventLogWriterOptions): EventLogWriter {
  const settings = { ...streamDefaults, ...options.stream };
  let client: JetStreamClient | undefined;
  const connection = keepConnected({
    ...options,
    name: 'flags-events',
    onConnected: async (connected) => {
      const manager = await jetstreamManager(connected, { timeout: ackMsMax, checkAPI: false });
      await ensureEventStream(manager, settings);
      client = jetstream(connected, { timeout: ackMsMax });
    },
  });
  return {
    async append({ environmentId, instanceId, sequence, keyId, receivedAtMs, bytes }) {
      const payloadMax = connection.require().info?.max_payload;
      if (payloadMax !== undefined && bytes.byteLength + envelopeBytes > payloadMax)
        throw new PushError(
          'INVALID',
          `a batch of ${bytes.byteLength} bytes is too large for this NATS server`,
        );
      const fields = headers();
      fields.set(headerNames.instance, instanceId);
      fields.set(headerNames.sequence, String(sequence));
      fields.set(headerNames.key, keyId);
      fields.set(headerNames.receivedAt, String(receivedAtMs));
      const ack = await client!.publish(eventSubject(environmentId), bytes, {
        msgID: `${environmentId}:${instanceId}:${String(sequence)}`,
        headers: fields,
        expect: { streamName: eventStream },
      });
      return ack.duplicate ? 'duplicate' : 'new';
    },
    isUp: () => connection.isUp(),
    close: () => connection.close(),
  };
}
