// Times in messages.
import type { Timestamp } from '@org/contract/gen/google/protobuf/timestamp';

/** Of Unix milliseconds. */
export const timestampOf = (ms: number): Timestamp => ({
  seconds: Math.floor(ms / 1_000),
  nanos: Math.floor(ms % 1_000) * 1_000_000,
});
