// A stream served directly. Messages that go to many streams are framed once for all of them.
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Fault } from '@org/contract';
import type { Runtime } from '../../runtime.ts';
import { requestIdOf } from '../request-id.ts';
import { beginMessages, frameOf, sendFault } from './direct-answer.ts';
import { headerOf } from './direct-calls.ts';
import { resetHttp2 } from './open-stream.ts';
import type { StreamCall } from './open-stream.ts';

const frames = new WeakMap<Uint8Array, Buffer>();

/** The frame of a message that is sent again and again. */
export function sharedFrameOf(message: Uint8Array): Buffer {
  const known = frames.get(message);
  if (known !== undefined) return known;
  const frame = frameOf(message);
  frames.set(message, frame);
  return frame;
}

/** The HTTP/2 stream as a call. */
export class DirectStreamCall implements StreamCall {
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #runtime: Runtime;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, runtime: Runtime) {
    this.authorization = headers.authorization;
    this.apiKey = headerOf(headers, 'x-api-key');
    this.#stream = stream;
    this.#headers = headers;
    this.#runtime = runtime;
  }

  get isOpen(): boolean {
    const { destroyed, closed, writableEnded } = this.#stream;
    return !destroyed && !closed && !writableEnded;
  }

  requestId(): string {
    return requestIdOf(headerOf(this.#headers, 'x-request-id'), this.#runtime);
  }

  send(message: Uint8Array, taken?: () => void): boolean {
    return this.sendFrames(sharedFrameOf(message), taken);
  }

  /** Messages that are framed already. */
  sendFrames(frames: Uint8Array, taken?: () => void): boolean {
    if (!this.#stream.headersSent) beginMessages(this.#stream);
    return this.#stream.write(frames, taken);
  }

  fail(fault: Fault): void {
    sendFault(this.#stream, this.#headers, this.#runtime, fault);
  }

  reset(): void {
    resetHttp2(this.#stream);
  }

  onClose(release: () => void): void {
    this.#stream.once('close', release);
  }
}
