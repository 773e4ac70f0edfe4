// What every gRPC stream begins with: admission, authentication, a guard; and how it ends. The same for the streams that
// grpc-js serves and those that are served directly.
import { constants } from 'node:http2';
import type { Http2Stream } from 'node:http2';
import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import type { Fault, Result } from '@org/contract';
import type { AccessRule } from '@org/contract/gen/access-table';
import type { Session } from '../../access/session.ts';
import type { Runtime } from '../../runtime.ts';
import { authenticate, cachedSession, unexpected } from '../dispatcher.ts';
import type { TransportContext } from '../dispatcher.ts';
import { requestIdOf } from '../request-id.ts';
import { grpcErrorOf } from '../status/grpc-status.ts';
import { textOf } from './read-metadata.ts';

/** A call that sends a stream of messages. */
export interface StreamCall {
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
  /** False once it ended, from either side. */
  readonly isOpen: boolean;
  requestId(): string;
  /** Sends a message, or several as one piece; `taken` is called when the connection has them. False: more than the connection takes is waiting. */
  send(message: Uint8Array, taken?: () => void): boolean;
  /** Ends it with a status, after what was sent so far. */
  fail(fault: Fault): void;
  /** Ends it at once; what the client has not taken is dropped. */
  reset(): void;
  onClose(release: () => void): void;
}

/** Admits and authenticates the stream, then runs `start`, which must be quick: admission ends with it. */
export function openStream(
  context: TransportContext,
  call: StreamCall,
  rule: AccessRule,
  method: string,
  start: (session: Session) => Result<unknown>,
): void {
  const { admission, authenticator } = context;
  const refused = admission.enter(rule.reservedCapacity);
  if (refused !== undefined) return call.fail(refused);
  const finish = (outcome: Result<unknown>): void => {
    admission.leave(rule.reservedCapacity);
    if (!outcome.ok) call.fail(outcome.fault);
  };
  const run = (session: Session): void => {
    try {
      finish(start(session));
    } catch (error) {
      finish(unexpected(context, method, call, error));
    }
  };
  const { authorization, apiKey } = call;
  const session = cachedSession(authenticator, authorization, apiKey);
  if (session !== undefined) return run(session);
  authenticate(authenticator, authorization, apiKey).then(
    (found) => (found.ok ? run(found.value) : finish(found)),
    (error: unknown) => finish(unexpected(context, method, call, error)),
  );
}

/** A stream of grpc-js. */
export type GrpcStream = ServerWritableStream<Buffer, Uint8Array> | ServerDuplexStream<Buffer, Uint8Array>;

/** The stream of grpc-js as a call. */
export function streamCallOf(call: GrpcStream, runtime: Runtime): StreamCall {
  const requestId = (): string => requestIdOf(textOf(call.metadata, 'x-request-id'), runtime);
  return {
    authorization: textOf(call.metadata, 'authorization'),
    apiKey: textOf(call.metadata, 'x-api-key'),
    get isOpen() {
      return !call.destroyed && !call.writableEnded;
    },
    requestId,
    send: (message, taken) => call.write(message, taken),
    fail(fault) {
      if (call.destroyed || call.writableEnded) return;
      // grpc-js takes the status of a stream as an error event (its documented way).
      call.emit('error', grpcErrorOf(fault, requestId()));
    },
    reset: () => resetHttp2(http2StreamOf(call)),
    onClose: (release) => void call.once('close', release),
  };
}

/**
 * Ends a stream whose client does not read: what it has not taken is dropped at once. ENHANCE_YOUR_CALM is
 * RESOURCE_EXHAUSTED to every gRPC client (the status itself could not get through).
 */
export function resetHttp2(stream: Http2Stream): void {
  stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
}

/** grpc-js has no public way to the HTTP/2 stream; nothing wraps our calls, so it stands here. */
export function http2StreamOf(call: GrpcStream): Http2Stream {
  return (call as unknown as { call: { stream: Http2Stream } }).call.stream;
}
