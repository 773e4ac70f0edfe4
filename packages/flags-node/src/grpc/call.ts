// One call on an HTTP/2 connection: from its headers to its status. Tells its listener the end exactly once.
import http2 from 'node:http2';
import { FlagsError, grpcStatus } from '../errors.ts';
import type { Platform } from '../platform.ts';
import { createFrameReader } from './frames.ts';
import { createPatience } from './patience.ts';
import { watchStall } from './stall.ts';
import { statusOf } from './status.ts';

/** A method of a generated service definition. */
export interface Method<Request, Response> {
  readonly path: string;
  readonly requestSerialize: (request: Request) => Uint8Array;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

export interface CallListener<Response> {
  /** The call is given up when nothing of its answer arrives for so long. Left out: however long it takes. */
  readonly stallMs?: number | undefined;
  /** The server lives and was sent the call. Its own first word may take until there is something to say. */
  accepted?(): void;
  message(response: Response): void;
  /** Last and once; without error the call ended well. */
  ended(error: FlagsError | undefined): void;
}

/** What a call needs of its connection. */
export interface CallSurroundings {
  readonly alive: () => void;
  readonly platform: Platform;
  readonly timeoutMs: number | undefined;
  readonly whenReady: (run: () => void) => void;
}

/** Sends the body and follows the answer; the returned function cancels without a further word to the listener. */
export const runCall = <Request, Response>(
  stream: http2.ClientHttp2Stream,
  body: Buffer,
  method: Method<Request, Response>,
  listener: CallListener<Response>,
  { alive, platform, timeoutMs, whenReady }: CallSurroundings,
): (() => void) => {
  let over = false;
  let status: FlagsError | 'ok' | undefined;
  const cancel = (): void => {
    over = true;
    cancelTimer();
    stall.stop();
    stream.close(http2.constants.NGHTTP2_CANCEL);
  };
  const finish = (error: FlagsError | undefined): void => {
    if (over) return;
    cancel();
    listener.ended(error);
  };
  const failed = (
    detail: string,
    code: number = grpcStatus.unavailable,
    cause?: unknown,
    silent = false,
  ): FlagsError =>
    new FlagsError('CALL_FAILED', `${method.path}: ${detail}`, { status: code, cause, silent });
  const cancelTimer =
    timeoutMs === undefined
      ? () => undefined
      : platform.after(timeoutMs, () => finish(failed('deadline exceeded', grpcStatus.deadlineExceeded)));

  const stall = watchStall(platform, listener.stallMs ?? Infinity, () =>
    finish(failed('the answer stalled', grpcStatus.deadlineExceeded)),
  );
  const patience = createPatience(platform);
  const reader = createFrameReader((bytes) => {
    patience.renew();
    if (!over) listener.message(method.responseDeserialize(bytes));
  });
  stream.on('response', (headers) => {
    alive();
    status = statusOf(headers, failed);
    if (status instanceof FlagsError) finish(status);
  });
  stream.on('data', (chunk: Buffer) => {
    alive();
    stall.putOff();
    try {
      reader.push(chunk);
      if (patience.isOver(reader.held))
        finish(failed('a message does not end', grpcStatus.unavailable, undefined, true));
    } catch (error) {
      finish(error instanceof FlagsError ? error : failed('unreadable answer', grpcStatus.unknown, error));
    }
  });
  stream.on('trailers', (trailers: http2.IncomingHttpHeaders) => {
    status = statusOf(trailers, failed) ?? status;
  });
  stream.on('error', (error) => finish(failed('broken stream', grpcStatus.unavailable, error)));
  stream.on('close', () => {
    if (status === 'ok' && reader.held === 0) finish(undefined);
    else finish(status instanceof FlagsError ? status : failed('broken stream'));
  });
  stream.end(body);
  whenReady(() => {
    if (!over) listener.accepted?.();
  });
  return cancel;
};
