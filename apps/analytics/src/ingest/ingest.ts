// Moves batches from the event log into DuckDB, each exactly once in effect: what was read, what was seen of each SDK
// instance, and the position in the log are committed in one transaction. Killed at any point, it goes on from there.
import { takeSequence, type SeenSequences } from '@org/events/seen-sequences';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LoggedBatch } from '@org/push-nats/events';
import type { EventLog } from '../log/event-log.ts';
import { appendColumns, rowsOf } from '../store/append.ts';
import type { Erasures } from '../store/erasures.ts';
import { inTransaction, inTurn, type Database } from '../store/database.ts';
import { addBatch, emptyRows, type Rows } from './rows.ts';

export interface IngestSettings {
  /** Events older than this when they arrive are dropped and counted. */
  readonly lateMs: number;
  /** Whose events stay out when the database is made again. */
  readonly erasures?: Erasures;
}

/** Counted since the start. */
export interface IngestCounters {
  batches: number;
  events: number;
  duplicates: number;
  /** Came so late that it cannot be told whether they were there before. */
  tooLate: number;
}

export interface Ingest {
  readonly position: number;
  readonly counters: Readonly<IngestCounters>;
  /** Takes what comes next; answers how many batches that were. Rejects when nothing was taken: call again. */
  step(): Promise<number>;
}

/** Why what is stored cannot go on with this log. */
export class LogReplacedError extends Error {
  override readonly name = 'LogReplacedError';
}

/** Some ten thousand events: their rows as JavaScript values are most of the memory of this process. */
const batchesPerStep = 40;

/**
 * Begins where the database ends.
 *
 * @throws LogReplacedError when the database was filled from another log: it must be made anew.
 */
export async function createIngest(
  database: Database,
  log: EventLog,
  settings: IngestSettings,
): Promise<Ingest> {
  const { writer: connection } = database;
  const identity = await log.identity();
  let position = await readPosition(connection, identity);
  if (position > (await log.head()))
    throw new LogReplacedError('the event log is behind what was read of it');
  const instances = await readInstances(connection);
  const counters: IngestCounters = { batches: 0, events: 0, duplicates: 0, tooLate: 0 };
  return {
    get position() {
      return position;
    },
    counters,
    async step() {
      const batches = await log.read(position, batchesPerStep);
      const last = batches.at(-1);
      if (last === undefined) return 0;
      const taken = sort(batches, instances, settings);
      await inTurn(database, () => inTransaction(connection, () => write(connection, taken, last.position)));
      // Only now: a transaction that failed leaves everything as it was.
      position = last.position;
      for (const [key, { seen }] of taken.seen) instances.set(key, seen);
      counters.batches += batches.length;
      counters.events += eventsOf(taken.rows);
      counters.duplicates += taken.duplicates;
      counters.tooLate += taken.tooLate;
      return batches.length;
    },
  };
}

interface SeenInstance {
  readonly environmentId: string;
  readonly instanceId: string;
  readonly seen: SeenSequences;
}

interface Taken {
  readonly rows: Rows;
  readonly seen: Map<string, SeenInstance>;
  readonly duplicates: number;
  readonly tooLate: number;
}

const keyOf = (environmentId: string, instanceId: string): string => `${environmentId} ${instanceId}`;

/** Tells new batches from those that were retried. */
function sort(
  batches: readonly LoggedBatch[],
  instances: ReadonlyMap<string, SeenSequences>,
  { lateMs, erasures }: IngestSettings,
): Taken {
  const rows = emptyRows();
  const changed = new Map<string, SeenInstance>();
  let [duplicates, tooLate] = [0, 0];
  for (const batch of batches) {
    const { environmentId, instanceId, sequence, receivedAtMs } = batch;
    const key = keyOf(environmentId, instanceId);
    const { verdict, seen } = takeSequence(changed.get(key)?.seen ?? instances.get(key), sequence);
    changed.set(key, { environmentId, instanceId, seen });
    const rules = { oldestMs: receivedAtMs - lateMs, ...(erasures && { isErased: erasures.has }) };
    if (verdict === 'new') addBatch(rows, batch, rules);
    else if (verdict === 'duplicate') duplicates += 1;
    else tooLate += 1;
  }
  return { rows, seen: changed, duplicates, tooLate };
}

const eventsOf = ({ exposures, metrics, counts }: Rows): number =>
  rowsOf(exposures) + rowsOf(metrics) + rowsOf(counts);

async function write(
  connection: DuckDBConnection,
  { rows, seen, duplicates }: Taken,
  position: number,
): Promise<void> {
  await appendColumns(connection, rows.exposures);
  await appendColumns(connection, rows.metrics);
  await appendColumns(connection, rows.counts);
  const upsertInstance = await connection.prepare(
    'INSERT OR REPLACE INTO instances (environment_id, instance_id, seen) VALUES ($1, $2, $3)',
  );
  for (const { environmentId, instanceId, seen: state } of seen.values()) {
    upsertInstance.bind([environmentId, instanceId, JSON.stringify(state)]);
    await upsertInstance.run();
  }
  for (const [environmentId, reasons] of rows.drops) {
    for (const [reason, count] of reasons) {
      await connection.run(
        `INSERT INTO drops (environment_id, reason, count) VALUES ($1, $2, $3)
         ON CONFLICT (environment_id, reason) DO UPDATE SET count = count + excluded.count`,
        [environmentId, reason, count],
      );
    }
  }
  await connection.run('UPDATE progress SET position = $1, duplicates = duplicates + $2 WHERE id = 1', [
    BigInt(position),
    BigInt(duplicates),
  ]);
}

async function readPosition(connection: DuckDBConnection, identity: string): Promise<number> {
  const [row] = (await connection.runAndReadAll('SELECT log, position FROM progress WHERE id = 1')).getRows();
  if (row === undefined) {
    await connection.run('INSERT INTO progress (id, log, position) VALUES (1, $1, 0)', [identity]);
    return 0;
  }
  if (row[0] !== identity)
    throw new LogReplacedError(`filled from ${String(row[0])}, asked to go on with ${identity}`);
  return Number(row[1]);
}

async function readInstances(connection: DuckDBConnection): Promise<Map<string, SeenSequences>> {
  const reader = await connection.runAndReadAll('SELECT environment_id, instance_id, seen FROM instances');
  return new Map(
    reader
      .getRows()
      .map(([environment, instance, seen]) => [
        keyOf(String(environment), String(instance)),
        JSON.parse(String(seen)) as SeenSequences,
      ]),
  );
}
