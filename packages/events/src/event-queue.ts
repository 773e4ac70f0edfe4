// Events on their way to the core: bounded in number and bytes, delivered in batches that stay identical until they are
// accepted. What does not fit is dropped and counted, and the count is delivered like an event.
import { batchBytesMax, batchEventsMax, queueBytesMax, queueEventsMax } from './limits.ts';
import { eventBytes } from './event-bytes.ts';
import type { Batch, DropReason, Event } from './types.ts';

export interface QueueLimits {
  readonly eventsMax?: number;
  readonly bytesMax?: number;
  readonly batchEventsMax?: number;
  readonly batchBytesMax?: number;
}

/** A bounded queue with at most one batch under way. */
export interface EventQueue {
  /** Events held, those under way included. */
  readonly size: number;
  readonly bytes: number;
  /** No batch is under way. */
  readonly idle: boolean;
  /** Room for further events, in number. */
  readonly room: number;
  /** Everything dropped so far, by reason. */
  readonly dropped: ReadonlyMap<DropReason, number>;
  /** False when it was dropped. */
  add(event: Event): boolean;
  /** Counts something that was dropped before it became an event. */
  drop(reason: DropReason, count?: number): void;
  /** The batch under way, or the next one; undefined when there is nothing to tell. */
  batch(): Batch | undefined;
  /** The core has the batch under way (now or from an earlier try). */
  accepted(): void;
  /** The core will never take the batch under way: it is dropped. */
  refused(): void;
}

/** Sequences start at 1. */
export const createEventQueue = (limits: QueueLimits = {}): EventQueue => {
  const eventsMax = limits.eventsMax ?? queueEventsMax;
  const bytesMax = limits.bytesMax ?? queueBytesMax;
  const perBatchEvents = limits.batchEventsMax ?? batchEventsMax;
  const perBatchBytes = limits.batchBytesMax ?? batchBytesMax;

  let waiting: Event[] = [];
  let waitingBytes = 0;
  let underWay: Batch | undefined;
  let underWayBytes = 0;
  let sequence = 0;
  const untold = new Map<DropReason, number>();
  const total = new Map<DropReason, number>();

  const drop = (reason: DropReason, count = 1): void => {
    untold.set(reason, (untold.get(reason) ?? 0) + count);
    total.set(reason, (total.get(reason) ?? 0) + count);
  };

  const nextBatch = (): Batch | undefined => {
    if (waiting.length === 0 && untold.size === 0) return undefined;
    const { count, bytes } = fitting(waiting, perBatchEvents, perBatchBytes);
    sequence += 1;
    const batch = { sequence, events: waiting.slice(0, count), dropped: Object.fromEntries(untold) };
    waiting = waiting.slice(count);
    waitingBytes -= bytes;
    underWayBytes = bytes;
    untold.clear();
    return batch;
  };
  const settle = (): void => {
    underWay = undefined;
    underWayBytes = 0;
  };

  return {
    get size() {
      return waiting.length + (underWay?.events.length ?? 0);
    },
    get bytes() {
      return waitingBytes + underWayBytes;
    },
    get idle() {
      return underWay === undefined;
    },
    get room() {
      return eventsMax - waiting.length - (underWay?.events.length ?? 0);
    },
    dropped: total,
    add(event) {
      const bytes = eventBytes(event);
      const held = waiting.length + (underWay?.events.length ?? 0);
      if (held >= eventsMax || waitingBytes + underWayBytes + bytes > bytesMax) {
        drop('queue_full');
        return false;
      }
      waiting.push(event);
      waitingBytes += bytes;
      return true;
    },
    drop,
    batch: () => (underWay ??= nextBatch()),
    accepted: settle,
    refused() {
      if (!underWay) return;
      drop('refused', underWay.events.length);
      // What that batch had to tell about drops is told by the next one.
      for (const [reason, count] of Object.entries(underWay.dropped)) {
        untold.set(reason as DropReason, (untold.get(reason as DropReason) ?? 0) + count);
      }
      settle();
    },
  };
};

/** How many of the first events make a batch: at least one, whatever it weighs. */
const fitting = (
  events: readonly Event[],
  countMax: number,
  bytesMax: number,
): { count: number; bytes: number } => {
  let count = 0;
  let bytes = 0;
  while (count < events.length && count < countMax) {
    const next = eventBytes(events[count]!);
    if (count > 0 && bytes + next > bytesMax) break;
    bytes += next;
    count += 1;
  }
  return { count, bytes };
};
