// Publishes deltas for a core: each revision once, in order, fenced by the subject's last sequence, so that a core that
// was paused and lost its lease reaches nobody. Owns no state that matters: it reads the stream to find out where it is.
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { UserCredentials } from './authority.ts';
import type { PushTls } from './connection.ts';
import { keepConnected, type CoreConnection } from './core-connection.ts';
import {
  ensureStream,
  isStreamMissing,
  isWrongLastSequence,
  lastMessage,
  type StreamSettings,
} from './stream.ts';
import { deltaStream, heartbeatSubject, internalDeltaSubject } from './subjects.ts';

/** What became of a delta: `duplicate` was there already, `fenced` came after a later revision and reached nobody. */
export type PublishOutcome = 'accepted' | 'duplicate' | 'fenced';

/** One delta to publish. */
export interface DeltaPublication {
  readonly environmentId: string;
  readonly historyId: string;
  readonly revision: number;
  /** Protobuf bytes of `flags.v1.Delta`; at most 512 KiB. */
  readonly payload: Uint8Array;
}

/** The last revision in the stream. */
export interface PublishedRevision {
  readonly historyId: string;
  readonly revision: number;
}

/** Settings of a publisher. */
export interface DeltaPublisherOptions {
  readonly servers: readonly string[];
  readonly credentials: () => Promise<UserCredentials | undefined>;
  readonly tls?: PushTls;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly stream?: Partial<StreamSettings>;
  readonly onState?: (state: 'connected' | 'disconnected', detail?: string) => void;
}

/** Publishes to NATS. */
export interface DeltaPublisher {
  /**
   * Publishes a revision; safe to repeat.
   *
   * @throws PushError UNAVAILABLE while not connected, and the library's errors when the outcome is unknown: repeat.
   */
  publish(delta: DeltaPublication): Promise<PublishOutcome>;
  /** Sends a heartbeat now or not at all. */
  heartbeat(environmentId: string, payload: Uint8Array): void;
  /** Where the stream is; undefined for an environment without deltas. @throws like `publish`. */
  lastPublished(environmentId: string): Promise<PublishedRevision | undefined>;
  isUp(): boolean;
  close(): Promise<void>;
}

const streamDefaults: StreamSettings = { replicas: 1, bytesMax: 256 * 1024 * 1024 };
const ackMsMax = 5_000;

/** What this process believes to be last on a subject. */
interface Position extends Partial<PublishedRevision> {
  readonly sequence: number;
}

interface JetStream {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
}

/** Starts connecting; answers at once. Makes the stream when connected. */
export function createDeltaPublisher(options: DeltaPublisherOptions): DeltaPublisher {
  const settings = { ...streamDefaults, ...options.stream };
  const positions = new Map<string, Position>();
  let stream: JetStream | undefined;
  const connection = keepConnected({
    ...options,
    name: 'flags-core',
    onConnected: async (connected) => {
      stream = await openStream(connected, settings);
      // What others published while we were away is unknown.
      positions.clear();
    },
  });
  const jetStream = (): JetStream => {
    connection.require();
    if (stream === undefined) throw new Error('connected without a stream');
    return stream;
  };
  const inOrder = serialByKey();
  return {
    publish: (delta) =>
      inOrder(delta.environmentId, () => publishFenced(jetStream(), positions, delta, settings)),
    lastPublished: async (environmentId) => {
      const { sequence: _, ...last } = await readPosition(jetStream().manager, environmentId);
      return last.historyId === undefined || last.revision === undefined
        ? undefined
        : (last as PublishedRevision);
    },
    heartbeat: (environmentId, payload) => sendHeartbeat(connection, environmentId, payload),
    isUp: () => connection.isUp(),
    close: () => connection.close(),
  };
}

async function openStream(connection: NatsConnection, settings: StreamSettings): Promise<JetStream> {
  const manager = await jetstreamManager(connection, { timeout: ackMsMax, checkAPI: false });
  await ensureStream(manager, settings);
  return { manager, client: jetstream(connection, { timeout: ackMsMax }) };
}

/** A heartbeat that waited says what is no longer so: dropped while NATS is down. */
function sendHeartbeat(connection: CoreConnection, environmentId: string, payload: Uint8Array): void {
  if (connection.isUp()) connection.require().publish(heartbeatSubject(environmentId), payload);
}

async function publishFenced(
  stream: JetStream,
  positions: Map<string, Position>,
  delta: DeltaPublication,
  settings: StreamSettings,
): Promise<PublishOutcome> {
  const { environmentId } = delta;
  const known = positions.get(environmentId);
  try {
    const position = known ?? (await readPosition(stream.manager, environmentId));
    const outcome = behind(position, delta) ?? (await send(stream, position, delta));
    if (outcome !== 'moved') return remember(positions, delta, outcome, position);
    return await publishAfterMove(stream, positions, delta, position);
  } catch (error) {
    // The outcome may be unknown: the next attempt reads where the stream is.
    positions.delete(environmentId);
    if (isStreamMissing(error)) await ensureStream(stream.manager, settings);
    throw error;
  }
}

/** Somebody else published: go on behind them when they are in our history and before us, else we are fenced off. */
async function publishAfterMove(
  stream: JetStream,
  positions: Map<string, Position>,
  delta: DeltaPublication,
  before: Position,
): Promise<PublishOutcome> {
  const position = await readPosition(stream.manager, delta.environmentId);
  const otherHistory = position.historyId !== undefined && position.historyId !== delta.historyId;
  // A stream that was lost and made again is nobody's.
  if (otherHistory && position.sequence > before.sequence) return 'fenced';
  const outcome = behind(position, delta) ?? (await send(stream, position, delta));
  return outcome === 'moved' ? 'fenced' : remember(positions, delta, outcome, position);
}

/** Whether the stream already is at this revision of this history, or beyond it. */
function behind(position: Position, delta: DeltaPublication): Sent | undefined {
  if (position.historyId !== delta.historyId || position.revision === undefined) return undefined;
  if (position.revision === delta.revision) return { duplicate: true, sequence: position.sequence };
  return position.revision > delta.revision ? 'fenced' : undefined;
}

type Sent = { readonly duplicate: boolean; readonly sequence: number } | 'fenced';

async function send(stream: JetStream, position: Position, delta: DeltaPublication): Promise<Sent | 'moved'> {
  const { environmentId, historyId, revision, payload } = delta;
  try {
    const ack = await stream.client.publish(internalDeltaSubject(environmentId), payload, {
      msgID: `${environmentId}:${historyId}:${String(revision)}`,
      expect: { streamName: deltaStream, lastSubjectSequence: position.sequence },
    });
    return { duplicate: ack.duplicate, sequence: ack.seq };
  } catch (error) {
    if (isWrongLastSequence(error)) return 'moved';
    throw error;
  }
}

function remember(
  positions: Map<string, Position>,
  delta: DeltaPublication,
  sent: Sent,
  position: Position,
): PublishOutcome {
  const { environmentId, historyId, revision } = delta;
  if (sent === 'fenced') {
    positions.set(environmentId, position);
    return 'fenced';
  }
  // A duplicate found by its message id may lie before the head: only the stream knows.
  if (sent.duplicate && sent.sequence !== position.sequence) positions.delete(environmentId);
  else positions.set(environmentId, { sequence: sent.sequence, historyId, revision });
  return sent.duplicate ? 'duplicate' : 'accepted';
}

async function readPosition(manager: JetStreamManager, environmentId: string): Promise<Position> {
  const last = await lastMessage(manager, internalDeltaSubject(environmentId));
  if (last === undefined) return { sequence: 0 };
  const [, historyId, revision] = last.messageId.split(':');
  if (historyId === undefined || revision === undefined) return { sequence: last.sequence };
  return { sequence: last.sequence, historyId, revision: Number(revision) };
}

/** Runs tasks of the same key one after another, whatever became of the one before. */
function serialByKey(): <T>(key: string, task: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>();
  return (key, task) => {
    const result = (tails.get(key) ?? Promise.resolve()).then(task, task);
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    tails.set(key, tail);
    void tail.then(() => {
      if (tails.get(key) === tail) tails.delete(key);
    });
    return result;
  };
}
