// The contract's services as grpc-js wants them, with bytes in place of messages: decoding is the handlers' business, so
// that nothing is parsed before the caller is known, and answers encoded once can be sent as they are.
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { accessTable } from '@org/contract/gen/access-table';
import type { MethodName } from '@org/contract/gen/access-table';

type RawDefinition = MethodDefinition<Uint8Array, Uint8Array>;

/** All methods of the access table as one definition, by their names. */
export function rawServiceDefinition(): ServiceDefinition {
  const entries = Object.entries(accessTable).map(([name, { clientStreaming, serverStreaming }]) => {
    const definition: RawDefinition = {
      path: pathOf(name as MethodName),
      requestStream: clientStreaming,
      responseStream: serverStreaming,
      requestSerialize: toBuffer,
      requestDeserialize: (bytes) => bytes,
      responseSerialize: toBuffer,
      responseDeserialize: (bytes) => bytes,
    };
    return [name, definition];
  });
  return Object.fromEntries(entries) as ServiceDefinition;
}

/** The path of a method in HTTP/2 and in HTTP/1.1. */
export function pathOf(name: MethodName): string {
  return `/${name}`;
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
