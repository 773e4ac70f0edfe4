// What every gRPC stream begins with: admission, authentication, a guard; and how it ends.
import type { Fault, Result } from '@org/contract';
import type { AccessRule } from '@org/contract/gen/access-table';
import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import { constants } from 'node:http2';
import type { Http2Stream } from 'node:http2';
import type { Session } from '../../access/session.ts';
import { authenticate, cachedSession, unexpected } from '../dispatcher.ts';
import type { TransportContext } from '../dispatcher.ts';
import { requestIdOf } from '../request-id.ts';
import { grpcErrorOf } from '../status/grpc-status.ts';
import { textOf } from './read-metadata.ts';

export type GrpcStream = ServerWritableStream<Buffer, Uint8Array> | ServerDuplexStream<Buffer, Uint8Array>;

/** Admits and authenticates the stream, then runs `start`, which must be quick: admission ends with it. */
export function openStream(
  context: TransportContext,
  call: GrpcStream,
  rule: AccessRule,
  method: string,
  start: (session: Session) => Result<unknown>,
): void {
  const { admission, authenticator, runtime } = context;
  const refused = admission.enter(rule.reservedCapacity);
  if (refused !== undefined) return endStream(context, call, refused);
  const requestId = (): string => requestIdOf(textOf(call.metadata, 'x-request-id'), runtime);
  const finish = (outcome: Result<unknown>): void => {
    admission.leave(rule.reservedCapacity);
    if (!outcome.ok) endStream(context, call, outcome.fault);
  };
  const run = (session: Session): void => {
    try {
      finish(start(session));
    } catch (error) {
      finish(unexpected(context, method, { requestId }, error));
    }
  };
  const authorization = textOf(call.metadata, 'authorization');
  const apiKey = textOf(call.metadata, 'x-api-key');
  const session = cachedSession(authenticator, authorization, apiKey);
  if (session !== undefined) return run(session);
  authenticate(authenticator, authorization, apiKey).then(
    (found) => (found.ok ? run(found.value) : finish(found)),
    (error: unknown) => finish(unexpected(context, method, { requestId }, error)),
  );
}

/** Ends a stream with a status, after what was written so far. */
export function endStream(
  { runtime }: Pick<TransportContext, 'runtime'>,
  call: GrpcStream,
  fault: Fault,
): void {
  if (call.destroyed || call.writableEnded) return;
  // grpc-js takes the status of a stream as an error event (its documented way).
  call.emit('error', grpcErrorOf(fault, requestIdOf(textOf(call.metadata, 'x-request-id'), runtime)));
}

/**
 * Ends a stream whose client does not read: what it has not taken is dropped at once. ENHANCE_YOUR_CALM is
 * RESOURCE_EXHAUSTED to every gRPC client (the status itself could not get through).
 */
export function resetStream(call: GrpcStream): void {
  http2StreamOf(call).close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
}

/** grpc-js has no public way to the HTTP/2 stream; nothing wraps our calls, so it stands here. */
export function http2StreamOf(call: GrpcStream): Http2Stream {
  return (call as unknown as { call: { stream: Http2Stream } }).call.stream;
}
