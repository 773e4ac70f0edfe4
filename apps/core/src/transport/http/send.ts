// Answers of the HTTP port: JSON, and faults as Connect errors. Sets the headers every answer carries.
import type { Fault } from '@org/contract';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connectErrorOf, httpStatusOf } from '../status/connect-error.ts';

/** What is read of a body after its request was refused, and for how long, so that the client gets to see the answer. */
const discardBytesMax = 1.1 * 1024 * 1024;
/** Of one that was refused because it went on and on. */
const endlessDiscardBytesMax = 128 * 1024;
const discardMsMax = 2_000;

/** The body of an answer that tells a fault, in the form of a protocol. */
export type FaultFormat = (fault: Fault, status: number) => unknown;

const formats = new WeakMap<ServerResponse, FaultFormat>();

/** From here on faults of this answer are told in this form, whoever finds them. */
export function answerFaultsAs(response: ServerResponse, format: FaultFormat): void {
  formats.set(response, format);
}

/** Sends JSON text as the whole answer. Unless `ends`, the caller ends the response. */
export function sendJson(
  response: ServerResponse,
  status: number,
  json: string | Uint8Array,
  ends = true,
): void {
  if (response.headersSent || response.destroyed) return;
  const body = typeof json === 'string' ? Buffer.from(json) : json;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': body.byteLength,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  if (ends) response.end(body);
  else response.write(body);
}

/** Sends a body of another type as the whole answer. */
export function sendBytes(response: ServerResponse, contentType: string, body: Uint8Array): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(200, {
    'content-type': contentType,
    'content-length': body.byteLength,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

/** Sends a fault. `status` where HTTP has a better one than the code alone tells (405, 413, 415). */
export function sendFault(
  response: ServerResponse,
  fault: Fault,
  status: number = httpStatusOf(fault),
  ends = true,
): void {
  if (response.headersSent || response.destroyed) return;
  if (fault.retryAfterMs !== undefined)
    response.setHeader('retry-after', Math.max(1, Math.ceil(fault.retryAfterMs / 1000)));
  if (fault.code === 'UNAUTHENTICATED') response.setHeader('www-authenticate', 'Bearer');
  const format = formats.get(response) ?? connectErrorOf;
  sendJson(response, status, JSON.stringify(format(fault, status)), ends);
}

/** Sends a fault for a request whose body will not be read: closes the connection after the answer. */
export function refuseBody(
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault,
  status?: number,
): void {
  response.setHeader('connection', 'close');
  const length = request.headers['content-length'];
  // Of a body that is announced to be larger, nothing is waited for.
  const waits = !request.complete && !(Number(length) > discardBytesMax);
  sendFault(response, fault, status, !waits);
  const isEndless = length === undefined && status === 413;
  if (waits) endAfterBody(request, response, isEndless ? endlessDiscardBytesMax : discardBytesMax);
}

/** A socket closed over unread bytes is reset, which may take the answer from a client that is still sending. */
function endAfterBody(request: IncomingMessage, response: ServerResponse, bytesMax: number): void {
  let discarded = 0;
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, discardMsMax);
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > bytesMax) request.destroy();
  });
  request.once('end', end).once('close', end);
  request.resume();
}
