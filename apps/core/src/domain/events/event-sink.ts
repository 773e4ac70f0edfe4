// Where accepted batches go: the durable event log, as the core sees it. One port, an adapter for each place the log may
// lie in, and one suite of tests for all of them (event-sink.test.ts).
import type { Result } from '@org/contract';
import type { SequenceVerdict } from '@org/events/seen-sequences';

/** A checked batch. */
export interface BatchToLog {
  readonly environmentId: string;
  readonly instanceId: string;
  readonly sequence: number;
  readonly keyId: string;
  /** Protobuf of flags.v1.RecordRequest. */
  readonly bytes: Uint8Array;
}

/** The log. */
export interface EventSink {
  /**
   * Appends batches that wait together; one outcome for each, in their order. A success means that the batch is on the
   * disk, or was before. After a fault the same batch may be appended again: whoever reads the log counts it once.
   */
  append(batches: readonly BatchToLog[]): Promise<readonly Result<SequenceVerdict>[]>;
}
