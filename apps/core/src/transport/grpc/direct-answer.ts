// What a call that is served directly is answered: gRPC's headers, frames and trailers on an HTTP/2 stream.
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Fault } from '@org/contract';
import type { Runtime } from '../../runtime.ts';
import { requestIdOf } from '../request-id.ts';
import { grpcErrorOf } from '../status/grpc-status.ts';
import { headerOf } from './direct-calls.ts';
import { frameHeaderBytes } from './frame-reader.ts';

const responseHeaders: OutgoingHttpHeaders = { ':status': 200, 'content-type': 'application/grpc+proto' };
const withTrailers = { waitForTrailers: true, sendDate: false };
const withoutBody = { endStream: true, sendDate: false };
const okTrailers: OutgoingHttpHeaders = { 'grpc-status': '0' };

/** encodeURI throws for it. */
const loneSurrogate = /\p{Surrogate}/gu;

function sendOkTrailers(this: ServerHttp2Stream): void {
  this.sendTrailers(okTrailers);
}

/** Larger messages (snapshots, shared by all who ask) are sent as they are, behind their header. */
const copiedBytesMax = 16 * 1024;

/** A message as it travels. */
export function frameOf(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(frameHeaderBytes + message.length);
  writeFrameHeader(frame, message);
  frame.set(message, frameHeaderBytes);
  return frame;
}

function frameHeaderOf(message: Uint8Array): Buffer {
  const header = Buffer.allocUnsafe(frameHeaderBytes);
  writeFrameHeader(header, message);
  return header;
}

function writeFrameHeader(bytes: Buffer, message: Uint8Array): void {
  bytes[0] = 0;
  bytes.writeUInt32BE(message.length, 1);
}

/** Answers with one message and status OK. A client that is gone is answered nothing. */
export function sendMessage(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.destroyed || stream.closed) return;
  stream.once('wantTrailers', sendOkTrailers);
  stream.respond(responseHeaders, withTrailers);
  if (message.length <= copiedBytesMax) return void stream.end(frameOf(message));
  stream.write(frameHeaderOf(message));
  stream.end(message);
}

/** Begins an answer of any number of messages; frames may be written to the stream then. */
export function beginMessages(stream: ServerHttp2Stream): void {
  stream.respond(responseHeaders, withTrailers);
}

/** Ends such an answer with status OK. */
export function endWithOk(stream: ServerHttp2Stream): void {
  if (!stream.headersSent) beginMessages(stream);
  stream.once('wantTrailers', sendOkTrailers);
  stream.end();
}

/** Ends the call with a fault, after what was written so far. What the client still sends is dropped. */
export function sendFault(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  runtime: Runtime,
  fault: Fault,
): void {
  if (stream.destroyed || stream.closed || stream.writableEnded) return;
  const { code, details, metadata } = grpcErrorOf(
    fault,
    requestIdOf(headerOf(headers, 'x-request-id'), runtime),
  );
  const trailers = {
    'grpc-status': code,
    'grpc-message': encodeURI(details.replaceAll(loneSurrogate, '\ufffd')),
    ...metadata.toHttp2Headers(),
  };
  stream.resume();
  if (!stream.headersSent) return stream.respond({ ...responseHeaders, ...trailers }, withoutBody);
  stream.once('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end();
}
