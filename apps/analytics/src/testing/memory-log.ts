// An event log in memory, and batches to put into it.
import { RecordRequest, type Event } from '@org/contract/gen/flags/v1/event_service';
import type { LoggedBatch } from '@org/push-nats/events';
import type { EventLog } from '../log/event-log.ts';

/** A log that a test fills. */
export interface MemoryLog extends EventLog {
  append(batch: Omit<LoggedBatch, 'position'>): void;
}

export function createMemoryLog(identity = 'memory:1'): MemoryLog {
  const batches: LoggedBatch[] = [];
  return {
    append: (batch) => void batches.push({ ...batch, position: batches.length + 1 }),
    identity: () => Promise.resolve(identity),
    read: (after, limit) => Promise.resolve(batches.slice(after, after + limit)),
    head: () => Promise.resolve(batches.length),
    close: () => Promise.resolve(),
  };
}

/** Noon of a day in 2026, Unix milliseconds. */
export const noonMs = Date.UTC(2026, 5, 15, 12);

export const purchase = (unit: string, value: number, timeMs = noonMs): Event => ({
  timeMs,
  body: {
    $case: 'metric',
    value: { name: 'purchase', value, units: { user: unit }, attributes: undefined, revision: 3 },
  },
});

export const batchOf = (
  sequence: number,
  events: readonly Event[],
  more: Partial<LoggedBatch> & { readonly dropped?: Readonly<Record<string, number>> } = {},
): Omit<LoggedBatch, 'position'> => {
  const { dropped = {}, ...rest } = more;
  const instanceId = rest.instanceId ?? 'instance-1';
  const request = { environment: 'env-1', instanceId, sequence, events: [...events], dropped };
  return {
    environmentId: 'env-1',
    instanceId,
    sequence,
    keyId: 'key-1',
    receivedAtMs: noonMs + 1_000,
    bytes: RecordRequest.encode(RecordRequest.fromPartial(request)).finish(),
    ...rest,
  };
};
