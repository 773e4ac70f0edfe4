// Takes batches of events: checks them, and writes what waits together in one transaction (group commit). A batch is
// acknowledged only when it is on the disk; each (environment, instance, sequence) is stored once.
import { fail, limits, succeed, type Result } from '@org/contract';
import { RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import type { Application } from '../../application.ts';
import {
  lockEventLog,
  readInstances,
  writeEvents,
  type BatchRow,
  type InstanceRow,
} from '../../store/event-store.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import { attempt } from '../../store/store-error.ts';
import { invalidRequest } from '../commit/check-request.ts';
import type { Logger, Runtime } from '../ports.ts';
import { checkBatch } from './check-batch.ts';
import { takeSequence, type SeenSequences } from '@org/events/seen-sequences';

const waitingBatchesMax = 2_000;
const waitingBytesMax = 32 * 1024 * 1024;
const batchesPerWriteMax = 200;

export interface EventServiceOptions {
  readonly driver: SqlDriver;
  readonly runtime: Runtime;
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
}

export interface EventService {
  readonly use: Application['events'];
  readonly counters: Readonly<EventCounters>;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
}

interface Waiting {
  readonly environmentId: string;
  readonly keyId: string;
  readonly request: RecordRequest;
  readonly bytes: Uint8Array;
  answer(result: Result<{ duplicate: boolean }>): void;
}

/** Makes the service. */
export function createEventService(options: EventServiceOptions): EventService {
  const waiting: Waiting[] = [];
  const counters: EventCounters = { accepted: 0, duplicates: 0, tooLate: 0, overloaded: 0 };
  let waitingBytes = 0;
  let writing: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting.splice(0, batchesPerWriteMax);
      await writeGroup(options, group, counters);
      for (const { bytes } of group) waitingBytes -= bytes.byteLength;
    }
    writing = undefined;
  };
  return {
    counters,
    idle: async () => writing,
    use: {
      async record(grant, request) {
        const refused = invalidRequest(checkBatch(request));
        if (refused !== undefined) return refused;
        const bytes = RecordRequest.encode(request).finish();
        if (bytes.byteLength > limits.requestBytesMax) {
          return fail('LIMIT_EXCEEDED', `A batch has at most ${limits.requestBytesMax} bytes.`);
        }
        if (waiting.length >= waitingBatchesMax || waitingBytes + bytes.byteLength > waitingBytesMax) {
          counters.overloaded += 1;
          return fail('OVERLOADED', 'Too many batches wait to be stored.', { retryAfterMs: 1000 });
        }
        waitingBytes += bytes.byteLength;
        const { environmentId, caller } = grant;
        return new Promise((answer) => {
          waiting.push({ environmentId, keyId: caller.keyId, request, bytes, answer });
          writing ??= drain();
        });
      },
    },
  };
}

async function writeGroup(
  options: EventServiceOptions,
  group: readonly Waiting[],
  counters: EventCounters,
): Promise<void> {
  const written = await attempt(() => writeInTransaction(options, group)).catch((error: unknown) => {
    // A defect must leave nobody waiting, and must not stop the batches behind.
    options.logger.error({ err: error }, 'A group of batches could not be stored.');
    return fail('INTERNAL', 'The batch could not be stored.');
  });
  group.forEach(({ answer }, index) => {
    if (!written.ok) return answer(written);
    const verdict = written.value[index];
    if (verdict === 'new') counters.accepted += 1;
    else if (verdict === 'duplicate') counters.duplicates += 1;
    else counters.tooLate += 1;
    // Too late counts as stored before: the instance must not send it for ever.
    answer(succeed({ duplicate: verdict !== 'new' }));
  });
}

type Verdict = ReturnType<typeof takeSequence>['verdict'];

function writeInTransaction(
  { driver, runtime }: EventServiceOptions,
  group: readonly Waiting[],
): Promise<readonly Verdict[]> {
  return driver.transaction(async (transaction) => {
    let position = await lockEventLog(transaction, driver.dialect);
    const ids = new Map(
      group.map((item) => [instanceKey(item.environmentId, item.request.instanceId), instanceId(item)]),
    );
    const rows = await readInstances(transaction, [...ids.values()]);
    const instances = new Map(rows.map((row) => [instanceKey(row.environmentId, row.instanceId), row]));
    const batches: BatchRow[] = [];
    const receivedAtMs = runtime.now();
    const verdicts = group.map((item) => {
      const key = instanceKey(item.environmentId, item.request.instanceId);
      const { verdict, row } = judge(instances.get(key), item, receivedAtMs);
      instances.set(key, row);
      if (verdict === 'new') {
        position += 1;
        const { keyId, bytes, request } = item;
        batches.push({
          position,
          ...instanceId(item),
          sequence: request.sequence,
          receivedAtMs,
          keyId,
          batch: bytes,
        });
      }
      return verdict;
    });
    await writeEvents(transaction, batches, [...instances.values()]);
    return verdicts;
  });
}

const instanceKey = (environmentId: string, instance: string): string => `${environmentId} ${instance}`;

const instanceId = ({
  environmentId,
  request,
}: Waiting): { readonly environmentId: string; readonly instanceId: string } => ({
  environmentId,
  instanceId: request.instanceId,
});

/** Older versions left the gaps alone. */
function gapsOf({ gaps }: InstanceRow): Omit<SeenSequences, 'highest'> {
  const held = JSON.parse(gaps) as SeenSequences['gaps'] | Omit<SeenSequences, 'highest'>;
  return 'gaps' in held ? held : { gaps: held };
}

function judge(
  before: InstanceRow | undefined,
  item: Waiting,
  seenAtMs: number,
): { readonly verdict: Verdict; readonly row: InstanceRow } {
  const known = before && { highest: before.highest, ...gapsOf(before) };
  const { verdict, seen } = takeSequence(known, item.request.sequence);
  const { highest, ...gaps } = seen;
  const refused = (before?.refused ?? 0) + (verdict === 'too_late' ? 1 : 0);
  const row = {
    ...instanceId(item),
    highest,
    gaps: JSON.stringify(gaps),
    refused,
    seenAtMs,
  };
  return { verdict, row };
}
