// The event log in JetStream: a batch is accepted when JetStream has it on disk. A batch that is sent again long after it
// was accepted lies in the log twice; the reader of the log knows it by instance and sequence and counts it once.
import { fail, succeed, type Result } from '@org/contract';
import type { SequenceVerdict } from '@org/events/seen-sequences';
import { PushError } from '@org/push-nats';
import type { EventLogWriter } from '@org/push-nats/events';
import type { BatchToLog, EventSink } from './event-sink.ts';

/** The part of the writer in use. */
export type LogWriter = Pick<EventLogWriter, 'append'>;

/** Makes the sink. `now`: Unix milliseconds. */
export function createJetStreamEventSink(writer: LogWriter, now: () => number): EventSink {
  const append = async (batch: BatchToLog, receivedAtMs: number): Promise<Result<SequenceVerdict>> => {
    try {
      return succeed(await writer.append({ ...batch, receivedAtMs }));
    } catch (error) {
      return faultOf(error);
    }
  };
  return {
    append(batches) {
      const receivedAtMs = now();
      return Promise.all(batches.map((batch) => append(batch, receivedAtMs)));
    },
  };
}

/** Whether it was stored is unknown: sent again it is counted once. */
function faultOf(error: unknown): Result<never> {
  if (error instanceof PushError && error.code === 'INVALID')
    return fail('LIMIT_EXCEEDED', 'The batch is too large for the NATS server: send fewer events.');
  return fail('EVENT_LOG_UNAVAILABLE', 'The event log does not take batches now.', { retryAfterMs: 1_000 });
}
