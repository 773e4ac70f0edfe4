// The JetStream stream that holds the event log where NATS is configured. Unlike the stream of deltas it owns what it
// carries: a batch is acknowledged when it is in here.
import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';

/** Settings of the log's stream. */
export interface EventStreamSettings {
  /** Copies in a cluster: 1, 3 or 5. */
  readonly replicas: number;
  /** Batches older than this are removed. */
  readonly retentionMs: number;
  /** Beyond it nothing more is accepted: a full log refuses, it never forgets. */
  readonly bytesMax: number;
}

export const eventStream = 'FLAGS_EVENTS';
const eventSubjects = 'flags.events.*';
const tokenPattern = /^[A-Za-z0-9_-]{1,128}$/;
/** Retries of a batch inside it are recognised by the server; later ones by the reader (SeenSequences). */
const duplicateWindowMs = 2 * 60_000;
const nanosPerMs = 1_000_000;
const streamNotFound = 10_059;

/** Names of the headers that go with a batch. */
export const headerNames = {
  instance: 'Flags-Instance',
  sequence: 'Flags-Sequence',
  key: 'Flags-Key',
  receivedAt: 'Flags-Received-At',
} as const;

/** Subject of an environment's batches. @throws RangeError for an id that is no subject token. */
export function eventSubject(environmentId: string): string {
  if (!tokenPattern.test(environmentId)) throw new RangeError('an environment id must be a subject token');
  return `flags.events.${environmentId}`;
}

/** The environment of a subject. */
export const environmentOf = (subject: string): string => subject.slice(subject.lastIndexOf('.') + 1);

/** Makes the stream, or brings an existing one up to date. */
export async function ensureEventStream(
  manager: JetStreamManager,
  settings: EventStreamSettings,
): Promise<void> {
  const config: Partial<StreamConfig> & { name: string } = {
    name: eventStream,
    subjects: [eventSubjects],
    retention: RetentionPolicy.Limits,
    // Refuses the new instead of dropping the old: what was acknowledged stays.
    discard: DiscardPolicy.New,
    storage: StorageType.File,
    num_replicas: settings.replicas,
    max_age: settings.retentionMs * nanosPerMs,
    max_bytes: settings.bytesMax,
    duplicate_window: Math.min(duplicateWindowMs, settings.retentionMs) * nanosPerMs,
    allow_direct: true,
    deny_delete: true,
  };
  const present = await manager.streams.info(eventStream).catch((error: unknown) => {
    if (error instanceof JetStreamApiError && error.code === streamNotFound) return undefined;
    throw error;
  });
  if (present === undefined) await manager.streams.add(config);
  else await manager.streams.update(eventStream, config);
}
