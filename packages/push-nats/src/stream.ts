// The JetStream stream behind the push channel. It carries deltas, it does not own them: the database does, and a stream
// that was lost is simply made again.
import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import { deltaStream, internalDeltaSubjects, republishedDeltaSubject } from './subjects.ts';

/** Settings of the stream. */
export interface StreamSettings {
  /** Copies in a cluster: 1, 3 or 5. */
  readonly replicas: number;
  readonly bytesMax: number;
}

/** Message ids are remembered this long; after it, the expected sequence still refuses a second publication. */
export const duplicateWindowMs = 2 * 60_000;
const deltasPerEnvironmentMax = 1_000;
const messageBytesMax = 768 * 1024;
const nanosPerMs = 1_000_000;
const streamNotFound = 10_059;
const wrongLastSequence = 10_071;

/** What identifies the last message of a subject. */
export interface LastMessage {
  readonly sequence: number;
  readonly messageId: string;
}

/** Makes the stream, or brings an existing one up to date. */
export async function ensureStream(manager: JetStreamManager, settings: StreamSettings): Promise<void> {
  const config = streamConfig(settings);
  const present = await manager.streams.info(deltaStream).catch(undefinedWhenMissing(streamNotFound));
  if (present === undefined) await manager.streams.add(config);
  else await manager.streams.update(deltaStream, config);
}

function streamConfig(settings: StreamSettings): Partial<StreamConfig> & { name: string } {
  return {
    name: deltaStream,
    subjects: [internalDeltaSubjects],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    storage: StorageType.File,
    num_replicas: settings.replicas,
    max_msgs_per_subject: deltasPerEnvironmentMax,
    max_msg_size: messageBytesMax,
    max_bytes: settings.bytesMax,
    duplicate_window: duplicateWindowMs * nanosPerMs,
    republish: { src: internalDeltaSubjects, dest: republishedDeltaSubject },
    deny_delete: true,
  };
}

/** The last message on a subject; undefined when there is none. */
export async function lastMessage(
  manager: JetStreamManager,
  subject: string,
): Promise<LastMessage | undefined> {
  // Asked of the leader, never of a replica that may lag: the answer decides about fencing.
  const stored = await manager.streams.getMessage(deltaStream, { last_by_subj: subject });
  if (stored === null) return undefined;
  return { sequence: stored.seq, messageId: stored.header.get('Nats-Msg-Id') };
}

/** True when JetStream refused a publication because another one came between. */
export function isWrongLastSequence(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === wrongLastSequence;
}

/** True when the stream is gone. */
export function isStreamMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === streamNotFound;
}

function undefinedWhenMissing(code: number): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof JetStreamApiError && error.code === code) return undefined;
    throw error;
  };
}
