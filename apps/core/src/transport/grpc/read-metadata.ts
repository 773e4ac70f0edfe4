// Reads single values out of gRPC metadata.
import type { Metadata } from '@grpc/grpc-js';

/** The value of a key, if it stands there once as text. Several values are as good as a malformed one: the first is not picked. */
export function textOf(metadata: Metadata, key: string): string | undefined {
  const values = metadata.get(key);
  if (values.length === 0) return undefined;
  const [value] = values;
  return values.length === 1 && typeof value === 'string' ? value : '';
}
