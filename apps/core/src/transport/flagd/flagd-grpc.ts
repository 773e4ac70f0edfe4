// flagd's services on a gRPC server: the same dispatcher, admission, sessions and stream limits as the contract's own.
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  Metadata,
  Server,
  ServerWritableStream,
  UntypedHandleCall,
} from '@grpc/grpc-js';
import type { Result } from '@org/contract';
import { fail, succeed } from '@org/contract';
import { foreignMethods } from '@org/contract/gen/access-table';
import type { ForeignMethodName } from '@org/contract/gen/access-table';
import { SyncFlagsRequest } from '@org/contract/gen/flagd/sync/v1/sync';
import { authorizeEnvironment } from '../../access/authorize.ts';
import { foreignRules } from '../../access/foreign-rules.ts';
import type { Caller, EnvironmentGrant } from '../../application.ts';
import { createMethodStats } from '../../telemetry/call-stats.ts';
import type { MethodStats } from '../../telemetry/call-stats.ts';
import { createDispatch } from '../dispatcher.ts';
import type { UnaryCall } from '../dispatcher.ts';
import { openStream, streamCallOf } from '../grpc/open-stream.ts';
import type { StreamCall } from '../grpc/open-stream.ts';
import { textOf } from '../grpc/read-metadata.ts';
import { rawDefinition } from '../grpc/service-definitions.ts';
import { decodeMessage } from '../grpc/unary-handler.ts';
import { requestIdOf } from '../request-id.ts';
import { grpcErrorOf } from '../status/grpc-status.ts';
import type { StreamContext } from '../stream-context.ts';
import { sizeFault } from '../unary-method.ts';
import type { UnaryMethod } from '../unary-method.ts';
import { eventCodecs } from './event-codecs.ts';
import type { EventCodec, EventStreamName } from './event-codecs.ts';
import { metadataNames, shownKey } from './flagd-key.ts';
import type { ShownKey } from './flagd-key.ts';
import { createFlagdMethods } from './flagd-methods.ts';
import type { FlagdRequest, FlagdUnaryName } from './flagd-methods.ts';
import { startEvents, startSync } from './streams.ts';
import type { FlagdEvent, FlagdStream } from './streams.ts';

export interface FlagdOptions {
  /** The key of calls that bring none; undefined: they are refused. */
  readonly fallbackKey: string | undefined;
  /** To be called when the message of a call has arrived. */
  received(): void;
}

/** Adds every method of flagd's services; answers their numbers. */
export function addFlagdServices(
  server: Server,
  context: StreamContext,
  options: FlagdOptions,
): readonly MethodStats[] {
  const methods = createFlagdMethods(context.exposures);
  const stats: MethodStats[] = [];
  const unary = Object.entries(methods).map(([name, method]) => {
    const methodStats = createMethodStats(name, 'grpc');
    stats.push(methodStats);
    return [name, unaryHandler(context, options, name as FlagdUnaryName, method, methodStats)] as const;
  });
  const events = Object.entries(eventCodecs).map(
    ([name, codec]) => [name, eventsHandler(context, options, name as EventStreamName, codec)] as const,
  );
  const sync = ['flagd.sync.v1.FlagSyncService/SyncFlags', syncHandler(context, options)] as const;
  server.addService(
    rawDefinition(foreignMethods),
    Object.fromEntries([...unary, ...events, sync]) as Record<string, UntypedHandleCall>,
  );
  return stats;
}

const headersOf =
  (metadata: Metadata) =>
  (name: string): string | undefined =>
    textOf(metadata, name);

function unaryHandler(
  context: StreamContext,
  { fallbackKey, received }: FlagdOptions,
  name: FlagdUnaryName,
  method: UnaryMethod,
  stats: MethodStats,
): handleUnaryCall<Buffer, Uint8Array> {
  const dispatch = createDispatch(context, { name, method, rule: foreignRules[name] }, stats);
  return ({ metadata, request }, callback) => {
    received();
    const header = headersOf(metadata);
    const requestId = (): string => requestIdOf(header('x-request-id'), context.runtime);
    const key = shownKey({ header, texts: textsOf(name, request), fallback: fallbackKey });
    if (name === 'flagd.sync.v1.FlagSyncService/GetMetadata' && isKeyless(key)) {
      return callback(grpcErrorOf(keylessMetadata, requestId()));
    }
    dispatch({
      ...key,
      requestId,
      decode(known) {
        const tooLarge = sizeFault(request.length, known.requestBytesMax);
        if (tooLarge !== undefined) return { ok: false, fault: tooLarge };
        const message = decodeMessage((bytes) => known.decode(bytes), request);
        return message.ok ? succeed(withEnvironment(message.value, header)) : message;
      },
      answer(outcome, known) {
        if (outcome.ok) callback(null, known.encode(outcome.value));
        else callback(grpcErrorOf(outcome.fault, requestId()));
      },
    } satisfies UnaryCall);
  };
}

const isKeyless = ({ authorization, apiKey }: ShownKey): boolean =>
  authorization === undefined && apiKey === undefined;

/** Providers that can put their key into the sync message only ask this first, and go on when it is not there. */
const keylessMetadata = fail('UNIMPLEMENTED', 'Deprecated; SyncFlags answers everything.').fault;

function withEnvironment<T>(message: T, header: (name: string) => string | undefined): FlagdRequest<T> {
  return { environment: header(metadataNames.environment) ?? '', message };
}

const syncRequestBytesMax = 4 * 1024;

/** What stands in the message of a sync call in place of metadata; nothing in one that is no such message. */
function textsOf(name: ForeignMethodName, request: Buffer): readonly string[] {
  if (!name.startsWith('flagd.sync.') || request.length > syncRequestBytesMax) return [];
  const message = decodeMessage((bytes) => SyncFlagsRequest.decode(bytes), request);
  return message.ok ? [message.value.selector, message.value.providerId] : [];
}

function eventsHandler(
  context: StreamContext,
  options: FlagdOptions,
  name: EventStreamName,
  codec: EventCodec,
): handleServerStreamingCall<Buffer, Uint8Array> {
  const encode = (event: FlagdEvent): Uint8Array => codec.encode(event).finish();
  return (call) =>
    serveStream<FlagdEvent>(context, options, name, call, {
      encode,
      start: (stream) => startEvents(context, stream),
    });
}

function syncHandler(
  context: StreamContext,
  options: FlagdOptions,
): handleServerStreamingCall<Buffer, Uint8Array> {
  const encode = ({ bytes }: { readonly bytes: Buffer }): Uint8Array => bytes;
  const name = 'flagd.sync.v1.FlagSyncService/SyncFlags';
  return (call) =>
    serveStream<{ readonly bytes: Buffer }>(context, options, name, call, {
      encode,
      start: (stream) => startSync(context, stream),
    });
}

interface StreamKind<T> {
  encode(message: T): Uint8Array;
  start(stream: FlagdStream<T>): Result<unknown>;
}

function serveStream<T>(
  context: StreamContext,
  { fallbackKey }: FlagdOptions,
  name: ForeignMethodName,
  served: ServerWritableStream<Buffer, Uint8Array>,
  { encode, start }: StreamKind<T>,
): void {
  const header = headersOf(served.metadata);
  const texts = textsOf(name, served.request);
  const key: ShownKey = shownKey({ header, texts, fallback: fallbackKey });
  const call: StreamCall = Object.assign(streamCallOf(served, context.runtime), key);
  const rule = foreignRules[name];
  openStream(context, call, rule, name, (session) => {
    const { environments } = context.application;
    const environment = header(metadataNames.environment) ?? '';
    const authorize = (caller: Caller): Result<EnvironmentGrant> =>
      authorizeEnvironment(environments, caller, rule, environment);
    const grant = authorize(session.caller);
    if (!grant.ok) return grant;
    return start({
      session,
      grant: grant.value,
      authorize,
      encode,
      send: (bytes, taken) => void (call.isOpen && call.send(bytes, taken)),
      fail: (fault) => call.fail(fault),
      reset: () => call.reset(),
      onClose: (release) => call.onClose(release),
    });
  });
}
