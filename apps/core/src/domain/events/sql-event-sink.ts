// The event log in the core's database: batches that wait together go in one transaction (group commit), each
// (environment, instance, sequence) once.
import { succeed, type Result } from '@org/contract';
import { takeSequence, type SeenSequences, type SequenceVerdict } from '@org/events/seen-sequences';
import {
  lockEventLog,
  readInstances,
  writeEvents,
  type BatchRow,
  type InstanceRow,
} from '../../store/event-store.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import { attempt } from '../../store/store-error.ts';
import type { BatchToLog, EventSink } from './event-sink.ts';

/** Makes the sink. `now`: Unix milliseconds. */
export function createSqlEventSink(driver: SqlDriver, now: () => number): EventSink {
  return {
    async append(batches) {
      const written: Result<readonly SequenceVerdict[]> = await attempt(() =>
        writeInTransaction(driver, now, batches),
      );
      return written.ok ? written.value.map((verdict) => succeed(verdict)) : batches.map(() => written);
    },
  };
}

function writeInTransaction(
  driver: SqlDriver,
  now: () => number,
  group: readonly BatchToLog[],
): Promise<readonly SequenceVerdict[]> {
  return driver.transaction(async (transaction) => {
    let position = await lockEventLog(transaction, driver.dialect);
    const ids = new Map(group.map((batch) => [instanceKey(batch), batch]));
    const rows = await readInstances(transaction, [...ids.values()]);
    const instances = new Map(rows.map((row) => [instanceKey(row), row]));
    const batches: BatchRow[] = [];
    const receivedAtMs = now();
    const verdicts = group.map((batch) => {
      const { environmentId, instanceId, sequence, keyId, bytes } = batch;
      const key = instanceKey(batch);
      const { verdict, row } = judge(instances.get(key), batch, receivedAtMs);
      instances.set(key, row);
      if (verdict === 'new') {
        position += 1;
        batches.push({ position, environmentId, instanceId, sequence, receivedAtMs, keyId, batch: bytes });
      }
      return verdict;
    });
    await writeEvents(transaction, batches, [...instances.values()]);
    return verdicts;
  });
}

type InstanceId = Pick<InstanceRow, 'environmentId' | 'instanceId'>;

const instanceKey = ({ environmentId, instanceId }: InstanceId): string => `${environmentId} ${instanceId}`;

/** Older versions left the gaps alone. */
function gapsOf({ gaps }: InstanceRow): Omit<SeenSequences, 'highest'> {
  const held = JSON.parse(gaps) as SeenSequences['gaps'] | Omit<SeenSequences, 'highest'>;
  return 'gaps' in held ? held : { gaps: held };
}

function judge(
  before: InstanceRow | undefined,
  { environmentId, instanceId, sequence }: BatchToLog,
  seenAtMs: number,
): { readonly verdict: SequenceVerdict; readonly row: InstanceRow } {
  const known = before && { highest: before.highest, ...gapsOf(before) };
  const { verdict, seen } = takeSequence(known, sequence);
  const { highest, ...gaps } = seen;
  const refused = (before?.refused ?? 0) + (verdict === 'too_late' ? 1 : 0);
  return {
    verdict,
    row: { environmentId, instanceId, highest, gaps: JSON.stringify(gaps), refused, seenAtMs },
  };
}
