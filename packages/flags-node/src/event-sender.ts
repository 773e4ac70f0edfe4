// Sends recorded events to the core: batch by batch, each repeated unchanged until it is accepted, or halved
// when something in it is refused for good.
import { batchEventsMax, retryDelayMs, type Batch, type Recorder } from '@org/events';
import type { RecordResponse } from '@org/contract/gen/flags/v1/event_service';
import { FlagsError, grpcStatus } from './errors.ts';
import { refusalsMax } from './limits.ts';
import type { CancelTimer, Platform } from './platform.ts';

const statusOf = (error: unknown): number | undefined =>
  error instanceof FlagsError ? error.status : undefined;

export interface EventSender {
  /** Sends what is there, now and until something fails. Resolves in any case. */
  flush(): Promise<void>;
  /** Something was recorded: a full batch does not wait for the interval. */
  nudge(): void;
  /** Somebody waits for what was recorded: sends within `ms`, unless sending fails anyway. */
  urge(ms: number): void;
  stop(): void;
}

export interface EventSenderSettings {
  readonly recorder: Recorder;
  readonly send: (batch: Batch) => Promise<RecordResponse>;
  readonly intervalMs: number;
  readonly platform: Platform;
  readonly onError: (error: FlagsError) => void;
}

/** False when the batch was halved: one bad event must not take the others along. Rejects with what else went wrong. */
const deliver = async (
  { queue }: Recorder,
  batch: Batch,
  send: EventSenderSettings['send'],
): Promise<boolean> => {
  try {
    await send(batch);
    queue.accepted();
    return true;
  } catch (error) {
    const halves = statusOf(error) === grpcStatus.invalidArgument && batch.events.length > 0;
    if (halves) queue.halve();
    // Nobody takes events there.
    else if (statusOf(error) === grpcStatus.unimplemented) queue.refused();
    if (!halves) throw error;
    return false;
  }
};

/** Begins at once; the first sending is a random part of an interval away. */
export const createEventSender = ({
  recorder,
  send,
  intervalMs,
  platform,
  onError,
}: EventSenderSettings): EventSender => {
  let cancel: CancelTimer = () => undefined;
  let running: Promise<void> | undefined;
  let failures = 0;
  let nudged = false;
  let stopped = false;
  let droppedTold = 0;

  const schedule = (ms: number): void => {
    cancel();
    if (!stopped) cancel = platform.after(ms, () => void run(false));
  };

  const sendAll = async (withCounts: boolean): Promise<void> => {
    try {
      let refusals = 0;
      for (let batch = recorder.batch(withCounts); batch; batch = recorder.batch(false)) {
        if (await deliver(recorder, batch, send)) failures = refusals = 0;
        else refusals += 1;
        if (refusals >= refusalsMax) throw new FlagsError('CALL_FAILED', 'the core refuses all events');
      }
    } catch (error) {
      failures += 1;
      onError(
        error instanceof FlagsError
          ? error
          : new FlagsError('CALL_FAILED', 'events were not sent', { cause: error }),
      );
    }
    tellDrops();
  };
  const tellDrops = (): void => {
    const dropped = [...recorder.queue.dropped.values()].reduce((sum, count) => sum + count, 0);
    if (dropped > droppedTold) onError(new FlagsError('EVENTS_DROPPED', `${dropped} events dropped so far`));
    droppedTold = dropped;
  };

  const run = (withCounts: boolean): Promise<void> =>
    (running ??= sendAll(withCounts).finally(() => {
      running = undefined;
      nudged = false;
      schedule(failures > 0 ? retryDelayMs(failures, platform.random()) : intervalMs);
    }));

  schedule(platform.random() * intervalMs);
  return {
    async flush() {
      await running;
      await run(true);
    },
    nudge() {
      if (nudged || failures > 0 || recorder.queue.size < batchEventsMax) return;
      nudged = true;
      schedule(0);
    },
    urge(ms) {
      if (nudged || failures > 0) return;
      nudged = true;
      schedule(ms);
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
};
