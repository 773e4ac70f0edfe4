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
  /**
   * The core will never take the batch under way because of something in it: the next one holds half of its events, and
   * so on until the bad one is alone. That one is dropped.
   */
  halve(): void;
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
  /** So many of the first waiting events hold one that the core refuses. */
  let suspects = 0;
  const drops = createDropTally();

  const nextBatch = (): Batch | undefined => {
    if (waiting.length === 0 && !drops.owed) return undefined;
    const countMax = suspects > 0 ? Math.ceil(suspects / 2) : perBatchEvents;
    const { count, bytes } = fitting(waiting, countMax, perBatchBytes);
    sequence += 1;
    const batch = { sequence, events: waiting.slice(0, count), dropped: drops.take() };
    waiting = waiting.slice(count);
    waitingBytes -= bytes;
    underWayBytes = bytes;
    return batch;
  };
  const held = (): number => waiting.length + (underWay?.events.length ?? 0);
  /** Nothing is under way any more. */
  const settle = (suspectsLeft: number): void => {
    suspects = Math.max(0, suspectsLeft);
    underWay = undefined;
    underWayBytes = 0;
  };
  const refuse = ({ events, dropped }: Batch, whole: boolean): void => {
    const back = whole || events.length < 2 ? [] : events;
    waiting = [...back, ...waiting];
    waitingBytes += back.length > 0 ? underWayBytes : 0;
    if (events.length > back.length) drops.add('refused', events.length);
    drops.untake(dropped);
    settle(back.length);
  };

  return {
    get size() {
      return held();
    },
    get bytes() {
      return waitingBytes + underWayBytes;
    },
    get idle() {
      return underWay === undefined;
    },
    get room() {
      return eventsMax - held();
    },
    dropped: drops.total,
    add(event) {
      const bytes = eventBytes(event);
      const fits = held() < eventsMax && waitingBytes + underWayBytes + bytes <= bytesMax;
      if (fits) {
        waiting.push(event);
        waitingBytes += bytes;
      } else drops.add('queue_full', 1);
      return fits;
    },
    drop: (reason, count = 1) => drops.add(reason, count),
    batch: () => (underWay ??= nextBatch()),
    accepted: () => settle(suspects - (underWay?.events.length ?? 0)),
    refused: () => underWay && refuse(underWay, true),
    halve: () => underWay && refuse(underWay, false),
  };
};

/** What was dropped: all of it, and what the core was not told yet. */
interface DropTally {
  readonly total: ReadonlyMap<DropReason, number>;
  readonly owed: boolean;
  add(reason: DropReason, count: number): void;
  /** What is owed goes into a batch. */
  take(): Batch['dropped'];
  /** That batch was not taken: the next one tells it. */
  untake(dropped: Batch['dropped']): void;
}

const createDropTally = (): DropTally => {
  const total = new Map<DropReason, number>();
  const owed = new Map<string, number>();
  const owe = (reason: string, count: number): unknown => owed.set(reason, (owed.get(reason) ?? 0) + count);
  return {
    total,
    get owed() {
      return owed.size > 0;
    },
    add(reason, count) {
      owe(reason, count);
      total.set(reason, (total.get(reason) ?? 0) + count);
    },
    take() {
      const taken = Object.fromEntries(owed);
      owed.clear();
      return taken;
    },
    untake(dropped) {
      for (const [reason, count] of Object.entries(dropped)) owe(reason, count);
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
