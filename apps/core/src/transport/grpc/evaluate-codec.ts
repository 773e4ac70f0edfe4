// The messages of EvaluateStream. Answers are put together around the encoded response, which is shared.
import {
  EvaluateRequest,
  EvaluateResponse,
  EvaluateStreamRequest,
} from '@org/contract/gen/flags/v1/flag_service';
import { encodedOf } from '../pre-encoded.ts';
import { frameHeaderBytes } from './frame-reader.ts';

const idTag = 0x08;
const responseTag = 0x12;
const varintBytesMax = 5;

export interface StreamRequest {
  readonly id: number;
  readonly request: EvaluateRequest;
}

/** @throws for bytes that are no such message. */
export function decodeStreamRequest(bytes: Uint8Array): StreamRequest {
  const { id, request } = EvaluateStreamRequest.decode(bytes);
  return { id, request: request ?? EvaluateRequest.create() };
}

/** The bytes of `EvaluateStreamResponse {id, response}` as a frame: behind the header of gRPC. */
export function encodeStreamResponse(id: number, response: EvaluateResponse): Uint8Array {
  const body = encodedOf(response)?.bytes ?? EvaluateResponse.encode(response).finish();
  const bytes = Buffer.allocUnsafe(frameHeaderBytes + 2 + 2 * varintBytesMax + body.length);
  let at = frameHeaderBytes;
  if (id !== 0) {
    bytes[at++] = idTag;
    at = writeVarint(bytes, at, id);
  }
  bytes[at++] = responseTag;
  at = writeVarint(bytes, at, body.length);
  bytes.set(body, at);
  bytes[0] = 0;
  bytes.writeUInt32BE(at + body.length - frameHeaderBytes, 1);
  return bytes.subarray(0, at + body.length);
}

function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value >>> 0;
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}
