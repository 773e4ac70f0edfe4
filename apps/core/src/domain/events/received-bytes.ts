// The bytes a batch came in, so that the log need not encode it again: what was decoded of them is what a reader of the
// log decodes.
import type { RecordRequest } from '@org/contract/gen/flags/v1/event_service';

const received = new WeakMap<RecordRequest, Uint8Array>();

/** Remembers a copy of them as long as the request is held. */
export function rememberBytes(request: RecordRequest, bytes: Uint8Array): RecordRequest {
  // A copy: the bytes are a window into what was read from the connection, and are lent for the call.
  received.set(request, Uint8Array.from(bytes));
  return request;
}

/** Undefined for a request that came as JSON. */
export const bytesOf = (request: RecordRequest): Uint8Array | undefined => received.get(request);
