// One HTTP/2 connection that speaks gRPC: unary calls and server streams (docs/adr: own client, because @grpc/grpc-js
// keeps the host's process alive while a call is open). Must never keep the process alive, nor raise an unhandled error.
import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import { FlagsError, grpcStatus } from '../errors.ts';
import { windowBytes } from '../limits.ts';
import type { Platform } from '../platform.ts';
import { createFrameReader, frameMessage } from './frames.ts';
import { keepAlive } from './keep-alive.ts';
import { statusOf } from './status.ts';

/** A method of a generated service definition. */
export interface Method<Request, Response> {
  readonly path: string;
  readonly requestSerialize: (request: Request) => Uint8Array;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

export interface CallListener<Response> {
  /** The server lives and was sent the call. Its own first word may take until there is something to say. */
  accepted?(): void;
  message(response: Response): void;
  /** Last and once; without error the call ended well. */
  ended(error: FlagsError | undefined): void;
}

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

const openSocket = (url: URL, options: tls.ConnectionOptions | undefined): net.Socket => {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (secure ? 443 : 80));
  const servername = net.isIP(host) ? {} : { servername: host };
  const socket = secure
    ? tls.connect({ ...servername, ...options, host, port, ALPNProtocols: ['h2'] })
    : net.connect({ host, port });
  socket.setNoDelay(true);
  socket.unref();
  // Node makes a new handle for every address it tries.
  socket.on('connectionAttempt', () => socket.unref());
  socket.on('connect', () => socket.unref());
  return socket;
};

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
    if (told) onClosed(new FlagsError('CONNECTION_LOST', `no connection to ${url}`, { cause }));
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
  session.on('connect', () => session.setLocalWindowSize(windowBytes * 2));
  const { alive, stop: stopKeepAlive } = keepAlive(session, platform, () =>
    fail(new FlagsError('CONNECTION_LOST', 'no answer to a ping')),
  );

  const request = (path: string, timeoutMs: number | undefined): http2.ClientHttp2Stream =>
    session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'flags-node',
      authorization: `Bearer ${key}`,
      ...(timeoutMs === undefined ? {} : { 'grpc-timeout': `${Math.ceil(timeoutMs)}m` }),
    });

  return {
    url,
    call(method, message, timeoutMs, listener) {
      if (!open) {
        listener.ended(new FlagsError('CALL_FAILED', 'not connected', { status: grpcStatus.unavailable }));
        return () => undefined;
      }
      try {
        const body = frameMessage(method.requestSerialize(message));
        return runCall(request(method.path, timeoutMs), body, method, listener, {
          alive,
          platform,
          timeoutMs,
          whenReady,
        });
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

interface CallSurroundings {
  readonly alive: () => void;
  readonly platform: Platform;
  readonly timeoutMs: number | undefined;
  readonly whenReady: (run: () => void) => void;
}

const runCall = <Request, Response>(
  stream: http2.ClientHttp2Stream,
  body: Buffer,
  method: Method<Request, Response>,
  listener: CallListener<Response>,
  { alive, platform, timeoutMs, whenReady }: CallSurroundings,
): (() => void) => {
  let over = false;
  let status: FlagsError | 'ok' | undefined;
  const finish = (error: FlagsError | undefined): void => {
    if (over) return;
    over = true;
    cancelTimer();
    stream.close(http2.constants.NGHTTP2_CANCEL);
    listener.ended(error);
  };
  const failed = (detail: string, code: number = grpcStatus.unavailable, cause?: unknown): FlagsError =>
    new FlagsError('CALL_FAILED', `${method.path}: ${detail}`, { status: code, cause });
  const cancelTimer =
    timeoutMs === undefined
      ? () => undefined
      : platform.after(timeoutMs, () => finish(failed('deadline exceeded', grpcStatus.deadlineExceeded)));

  const reader = createFrameReader((bytes) => {
    if (!over) listener.message(method.responseDeserialize(bytes));
  });
  stream.on('response', (headers) => {
    alive();
    status = statusOf(headers, failed);
    if (status instanceof FlagsError) finish(status);
  });
  stream.on('data', (chunk: Buffer) => {
    alive();
    try {
      reader.push(chunk);
    } catch (error) {
      finish(error instanceof FlagsError ? error : failed('unreadable answer', grpcStatus.unknown, error));
    }
  });
  stream.on('trailers', (trailers) => {
    status = statusOf(trailers, failed) ?? status;
  });
  stream.on('error', (error) => finish(failed('broken stream', grpcStatus.unavailable, error)));
  stream.on('close', () => {
    if (status === 'ok' && !reader.partial) finish(undefined);
    else finish(status instanceof FlagsError ? status : failed('broken stream'));
  });
  stream.end(body);
  whenReady(() => {
    if (!over) listener.accepted?.();
  });
  return () => {
    over = true;
    cancelTimer();
    stream.close(http2.constants.NGHTTP2_CANCEL);
  };
};

/** A unary call as a promise that rejects with a FlagsError. */
export const callUnary = <Request, Response>(
  session: Session,
  method: Method<Request, Response>,
  request: Request,
  timeoutMs: number,
): Promise<Response> =>
  new Promise((resolve, reject) => {
    let response: Response | undefined;
    session.call(method, request, timeoutMs, {
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
