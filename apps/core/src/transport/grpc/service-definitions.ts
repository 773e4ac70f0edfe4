// The contract's services as grpc-js wants them, with bytes in place of messages: decoding is the handlers' business, so
// that nothing is parsed before the caller is known, and answers encoded once can be sent as they are.
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { accessTable } from '@org/contract/gen/access-table';
import type { AccessRule } from '@org/contract/gen/access-table';

type RawDefinition = MethodDefinition<Uint8Array, Uint8Array>;

/** Which sides of a method send streams. */
type Streams = Pick<AccessRule, 'clientStreaming' | 'serverStreaming'>;

/** All methods of the access table as one definition, by their names. */
export function rawServiceDefinition(): ServiceDefinition {
  return rawDefinition(accessTable);
}

/** The same for any methods by name. */
export function rawDefinition(methods: Readonly<Record<string, Streams>>): ServiceDefinition {
  const entries = Object.entries(methods).map(([name, { clientStreaming, serverStreaming }]) => {
    const definition: RawDefinition = {
      path: pathOf(name),
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
export function pathOf(name: string): string {
  return `/${name}`;
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
