// One HTTP/2 connection that speaks gRPC: unary calls and server streams (docs/adr/0009: @grpc/grpc-js
// keeps the host's process alive while a call is open). Must never keep the process alive, nor raise an unhandled error.
import http2 from 'node:http2';
import type tls from 'node:tls';
import { FlagsError, grpcStatus } from '../errors.ts';
import { windowBytes } from '../limits.ts';
import type { Platform } from '../platform.ts';
import { runCall, type CallListener, type Method } from './call.ts';
import { frameMessage } from './frames.ts';
import { keepAlive } from './keep-alive.ts';
import { openSocket } from './socket.ts';

/** An open (or opening) connection to a core. */
export interface Session {
  readonly url: string;
  /** `timeoutMs` undefined: no deadline. The returned function cancels without a further word to the listener. */
  call<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    timeoutMs: number | undefined,
    listener: CallListener<Response>,
  ): () => void;
  /** Ends everything at once; `onClosed` is not called any more. */
  close(): void;
}

export interface SessionOptions {
  readonly url: string;
  readonly key: string;
  readonly tls?: tls.ConnectionOptions | undefined;
  readonly platform: Platform;
  /** Once, when the connection ended by itself. */
  readonly onClosed: (error: FlagsError) => void;
}

/** Opens a connection. Problems show in `onClosed` and in the calls, never as an exception. */
export const openSession = ({ url, key, tls: tlsOptions, platform, onClosed }: SessionOptions): Session => {
  const socket = openSocket(new URL(url), tlsOptions);
  const session = http2.connect(url, {
    createConnection: () => socket,
    settings: { initialWindowSize: windowBytes, enablePush: false },
  });
  session.unref();
  let open = true;
  let cause: unknown;
  let ready = false;
  const waiting: (() => void)[] = [];
  session.once('remoteSettings', () => {
    ready = true;
    waiting.splice(0).forEach((run) => run());
  });
  const whenReady = (run: () => void): void => void (ready ? run() : waiting.push(run));

  const end = (told: boolean): void => {
    if (!open) return;
    open = false;
    stopKeepAlive();
    session.destroy();
    const silent = cause instanceof FlagsError && cause.silent;
    if (told) onClosed(new FlagsError('CONNECTION_LOST', `no connection to ${url}`, { cause, silent }));
  };
  const fail = (error?: unknown): void => {
    cause ??= error;
    end(true);
  };
  session.on('error', fail);
  session.on('close', () => fail());
  // A core that shuts down says so; its streams end by themselves, the connection takes nothing new.
  session.on('goaway', () =>
    fail(new FlagsError('CALL_FAILED', 'the core is closing', { status: grpcStatus.unavailable })),
  );
  session.on('connect', () => {
    // It may have been destroyed in this very tick, and would throw.
    if (open && !session.destroyed) session.setLocalWindowSize(windowBytes * 2);
  });
  const { alive, stop: stopKeepAlive } = keepAlive(session, platform, () =>
    fail(new FlagsError('CONNECTION_LOST', 'no answer to a ping', { silent: true })),
  );

  return {
    url,
    call(method, message, timeoutMs, listener) {
      if (!open) {
        listener.ended(new FlagsError('CALL_FAILED', 'not connected', { status: grpcStatus.unavailable }));
        return () => undefined;
      }
      try {
        const body = frameMessage(method.requestSerialize(message));
        const stream = session.request(headersOf(method.path, key, timeoutMs));
        return runCall(stream, body, method, listener, { alive, platform, timeoutMs, whenReady });
      } catch (error) {
        listener.ended(
          new FlagsError('CALL_FAILED', `${method.path} was not sent`, {
            cause: error,
            status: grpcStatus.unknown,
          }),
        );
        return () => undefined;
      }
    },
    close: () => end(false),
  };
};

const headersOf = (path: string, key: string, timeoutMs: number | undefined): http2.OutgoingHttpHeaders => ({
  ':method': 'POST',
  ':path': path,
  'content-type': 'application/grpc',
  te: 'trailers',
  'user-agent': 'flags-node',
  authorization: `Bearer ${key}`,
  ...(timeoutMs === undefined ? {} : { 'grpc-timeout': `${Math.ceil(timeoutMs)}m` }),
});

/** A unary call as a promise that rejects with a FlagsError. `stallMs`: as in CallListener. */
export const callUnary = <Request, Response>(
  session: Session,
  method: Method<Request, Response>,
  request: Request,
  timeoutMs: number,
  stallMs?: number,
): Promise<Response> =>
  new Promise((resolve, reject) => {
    let response: Response | undefined;
    session.call(method, request, timeoutMs, {
      stallMs,
      message: (message) => (response = message),
      ended: (error) => {
        if (!error && response !== undefined) resolve(response);
        else
          reject(
            error ??
              new FlagsError('CALL_FAILED', `${method.path}: no answer`, { status: grpcStatus.unknown }),
          );
      },
    });
  });
