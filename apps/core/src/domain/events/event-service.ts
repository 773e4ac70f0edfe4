// Takes batches of events: checks them, and hands what waits together to the event log. A batch is acknowledged only
// when it is on the disk; each (environment, instance, sequence) counts once.
import { fail, limits, succeed, type Result } from '@org/contract';
import { RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import type { SequenceVerdict } from '@org/events/seen-sequences';
import type { Application } from '../../application.ts';
import { invalidRequest } from '../commit/check-request.ts';
import type { Logger } from '../ports.ts';
import { checkBatch, checkBatchId } from './check-batch.ts';
import { areEventsChecked, bytesOf } from './received-batch.ts';
import type { BatchToLog, EventSink } from './event-sink.ts';

const waitingBatchesMax = 2_000;
const waitingBytesMax = 32 * 1024 * 1024;
const batchesPerWriteMax = 200;

export interface EventServiceOptions {
  readonly sink: EventSink;
  readonly logger: Logger;
}

/** Counted since the start. */
export interface EventCounters {
  accepted: number;
  duplicates: number;
  /** Came so late that it cannot be told whether they were there before. */
  tooLate: number;
  /** Refused because too much waited. */
  overloaded: number;
  /** Events that SDKs told they had to drop, by reason. */
  sdkDroppedQueueFull: number;
  sdkDroppedCountsFull: number;
  sdkDroppedInvalid: number;
  sdkDroppedRefused: number;
  sdkDroppedOther: number;
}

const noCounters = {
  ...{ accepted: 0, duplicates: 0, tooLate: 0, overloaded: 0 },
  ...{ sdkDroppedQueueFull: 0, sdkDroppedCountsFull: 0, sdkDroppedInvalid: 0, sdkDroppedRefused: 0 },
  sdkDroppedOther: 0,
};
const dropCounters: ReadonlyMap<string, keyof EventCounters> = new Map([
  ['queue_full', 'sdkDroppedQueueFull'],
  ['counts_full', 'sdkDroppedCountsFull'],
  ['invalid', 'sdkDroppedInvalid'],
  ['refused', 'sdkDroppedRefused'],
]);

export interface EventService {
  readonly use: Application['events'];
  readonly counters: Readonly<EventCounters>;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
}

interface Waiting extends BatchToLog {
  readonly dropped: Readonly<Record<string, number>>;
  answer(result: Result<{ duplicate: boolean }>): void;
}

/** Makes the service. */
export function createEventService(options: EventServiceOptions): EventService {
  const waiting: Waiting[] = [];
  const counters: EventCounters = { ...noCounters };
  let waitingBytes = 0;
  let writing: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting.splice(0, batchesPerWriteMax);
      await appendGroup(options, group, counters);
      for (const { bytes } of group) waitingBytes -= bytes.byteLength;
    }
    writing = undefined;
  };
  return {
    counters,
    idle: async () => writing,
    use: {
      async record(grant, request) {
        const refused = invalidRequest(
          areEventsChecked(request) ? checkBatchId(request) : checkBatch(request),
        );
        if (refused !== undefined) return refused;
        const bytes = bytesOf(request) ?? RecordRequest.encode(request).finish();
        if (bytes.byteLength > limits.requestBytesMax) {
          return fail('LIMIT_EXCEEDED', `A batch has at most ${limits.requestBytesMax} bytes.`);
        }
        if (waiting.length >= waitingBatchesMax || waitingBytes + bytes.byteLength > waitingBytesMax) {
          counters.overloaded += 1;
          return fail('OVERLOADED', 'Too many batches wait to be stored.', { retryAfterMs: 1000 });
        }
        waitingBytes += bytes.byteLength;
        const { environmentId, caller } = grant;
        const { instanceId, sequence, dropped } = request;
        return new Promise((answer) => {
          waiting.push({ environmentId, instanceId, sequence, keyId: caller.keyId, bytes, dropped, answer });
          writing ??= drain();
        });
      },
    },
  };
}

async function appendGroup(
  { sink, logger }: EventServiceOptions,
  group: readonly Waiting[],
  counters: EventCounters,
): Promise<void> {
  const outcomes = await sink.append(group).catch((error: unknown) => {
    // A defect must leave nobody waiting, and must not stop the batches behind.
    logger.error({ err: error }, 'A group of batches could not be stored.');
    return group.map(() => fail('INTERNAL', 'The batch could not be stored.'));
  });
  group.forEach(({ answer, dropped }, index) => {
    const outcome: Result<SequenceVerdict> = outcomes[index]!;
    if (!outcome.ok) return answer(outcome);
    if (outcome.value === 'new') {
      counters.accepted += 1;
      for (const [reason, count] of Object.entries(dropped))
        counters[dropCounters.get(reason) ?? 'sdkDroppedOther'] += count;
    } else if (outcome.value === 'duplicate') counters.duplicates += 1;
    else counters.tooLate += 1;
    // Too late counts as stored before: the instance must not send it for ever.
    answer(succeed({ duplicate: outcome.value !== 'new' }));
  });
}
