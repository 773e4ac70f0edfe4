// The two streams of flagd's protocols, on whatever carries them: events (something changed: forget what you keep), and whole
// definitions. A client that does not read is ended before it costs memory.
import type { Fault, Result } from '@org/contract';
import { fail, succeed } from '@org/contract';
import type { EnvironmentGrant, EnvironmentReplica } from '../../application.ts';
import type { Session } from '../../access/session.ts';
import { createBacklog } from '../../limits/backlog.ts';
import type { Cancel } from '../../runtime.ts';
import { replicaOf } from '../methods/replica-of.ts';
import { followChanges } from '../openfeature/changes.ts';
import type { StreamContext } from '../stream-context.ts';
import { guardStream } from '../watch/guard-stream.ts';
import { flagdDefinition } from './definition.ts';
import { flagKeysFor } from './flagd-methods.ts';

/** A message of EventStream. */
export interface FlagdEvent {
  readonly type: 'provider_ready' | 'configuration_change' | 'keep_alive';
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

/** What carries a stream. */
export interface FlagdStream<T> {
  readonly session: Session;
  readonly grant: EnvironmentGrant;
  authorize(caller: Session['caller']): Result<unknown>;
  /** Encodes a message. */
  encode(message: T): Uint8Array;
  /** Sends it; `taken` is called when the connection has it. */
  send(bytes: Uint8Array, taken: () => void): void;
  /** Ends the stream with a status. */
  fail(fault: Fault): void;
  /** Ends it at once. */
  reset(): void;
  onClose(release: () => void): void;
}

/** The replica beats every 5 s. */
const beatsPerKeepAlive = 4;
/** More keys than this are not listed: the stream ends, and clients forget everything when they come back. */
const listedKeysMax = 10_000;
const startOver: Fault = fail('SHUTTING_DOWN', 'Too much changed to be listed: connect again.', {
  retryAfterMs: 0,
}).fault;

/** EventStream: ready first, then what changed. */
export function startEvents(context: StreamContext, stream: FlagdStream<FlagdEvent>): Result<unknown> {
  const { view } = stream.grant;
  return start(context, stream, (replica, send) => {
    let beats = 0;
    send({ type: 'provider_ready', data: undefined });
    return followChanges(replica, view, context.runtime, {
      changed(keys) {
        const listed = [...(keys === 'all' ? flagKeysFor(replica, view) : keys)];
        if (listed.length > listedKeysMax) stream.fail(startOver);
        else send({ type: 'configuration_change', data: { flags: changedFlags(replica, listed) } });
      },
      beat() {
        beats = (beats + 1) % beatsPerKeepAlive;
        if (beats === 0) send({ type: 'keep_alive', data: undefined });
      },
    });
  });
}

function changedFlags(replica: EnvironmentReplica, keys: readonly string[]): object {
  const there = new Set(replica.evaluator.flagKeys());
  const source = replica.environmentId;
  return Object.fromEntries(
    keys.map((flagKey) => [flagKey, { type: there.has(flagKey) ? 'update' : 'delete', source, flagKey }]),
  );
}

/** SyncFlags: the whole definition, and again whenever it differs. */
export function startSync(
  context: StreamContext,
  stream: FlagdStream<{ readonly bytes: Buffer }>,
): Result<unknown> {
  return start(context, stream, (replica, send) => {
    let sent = flagdDefinition(replica);
    send(sent);
    return followChanges(replica, 'server', context.runtime, {
      changed() {
        const next = flagdDefinition(replica);
        if (next === sent) return;
        sent = next;
        send(next);
      },
      beat: () => undefined,
    });
  });
}

function start<T>(
  context: StreamContext,
  stream: FlagdStream<T>,
  follow: (replica: EnvironmentReplica, send: (message: T) => void) => Cancel,
): Result<unknown> {
  const { session, grant } = stream;
  const replica = replicaOf(context.application, grant);
  if (!replica.ok) return replica;
  const end = (fault: Fault): void => stream.fail(fault);
  const authorize = (caller: Session['caller']): Result<unknown> => stream.authorize(caller);
  const guard = guardStream({ session, streams: context.streams, authorize, end });
  if ('fault' in guard) return { ok: false, fault: guard.fault };
  const backlog = createBacklog(context.backlogBytesMax, context.backlogBudget);
  let closed = false;
  const cancel = follow(replica.value, (message) => {
    if (closed) return;
    const bytes = stream.encode(message);
    if (backlog.add(bytes.length)) return stream.send(bytes, () => backlog.done(bytes.length));
    closed = true;
    stream.reset();
  });
  stream.onClose(() => {
    closed = true;
    for (const release of [cancel, guard.close, () => backlog.close()]) release();
  });
  return succeed(undefined);
}
