// Partitions that have come equally far in the log, with what was seen of each SDK instance up to there. A process has one
// cohort, and a second one while partitions it took over catch up from the log's beginning.
import { takeSequence, type SeenSequences } from '@org/events/seen-sequences';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LoggedBatch } from '@org/push-nats/events';
import { TableAppender } from '../store/append.ts';
import { callTelemetry, evaluationCounts, exposures, metricEvents } from '../store/tables.ts';
import { partitionCount } from './partition.ts';
import { RowWriter, type RowRules, type Tables } from './rows.ts';

/** What an SDK instance sent. */
interface SeenInstance {
  readonly environmentId: string;
  readonly instanceId: string;
  readonly seen: SeenSequences;
}

/** Partitions that go together. */
export interface Cohort {
  readonly id: number;
  position: number;
  readonly parts: Set<number>;
  readonly instances: Map<string, SeenInstance>;
}

/** Counted since the start. */
export interface IngestCounters {
  batches: number;
  events: number;
  duplicates: number;
  /** Came so late that it cannot be told whether they were there before. */
  tooLate: number;
}

/** What changes when a transaction is through. */
export interface Taken extends IngestCounters {
  readonly position: number;
  readonly seen: ReadonlyMap<string, SeenInstance>;
}

const keyOf = ({ environmentId, instanceId }: Pick<LoggedBatch, 'environmentId' | 'instanceId'>): string =>
  `${environmentId} ${instanceId}`;

/** One for each table, used again and again. */
export type Appenders = Tables;

/** Appenders of a connection. */
export const createAppenders = (connection: DuckDBConnection): Appenders => ({
  exposures: new TableAppender(connection, exposures),
  metrics: new TableAppender(connection, metricEvents),
  counts: new TableAppender(connection, evaluationCounts),
  calls: new TableAppender(connection, callTelemetry),
});

/** Where rows go, and which are taken. */
export interface Writing {
  readonly connection: DuckDBConnection;
  readonly tables: Appenders;
  readonly rules: Omit<RowRules, 'parts'>;
}

/** Writes the cohort's rows of these batches, and how far it has come, in the caller's transaction. */
export async function writeBatches(
  { connection, tables, rules }: Writing,
  cohort: Cohort,
  batches: readonly LoggedBatch[],
  position: number,
): Promise<Taken> {
  const appenders = Object.values(tables) as readonly TableAppender[];
  for (const appender of appenders) await appender.open();
  const writer = new RowWriter(tables, { ...rules, parts: maskOf(cohort.parts) });
  const seen = new Map<string, SeenInstance>();
  let [duplicates, tooLate] = [0, 0];
  try {
    for (const batch of batches) {
      const { environmentId, instanceId, sequence } = batch;
      const key = keyOf(batch);
      const judged = takeSequence((seen.get(key) ?? cohort.instances.get(key))?.seen, sequence);
      seen.set(key, { environmentId, instanceId, seen: judged.seen });
      if (judged.verdict === 'new') writer.add(batch);
      else writer.refuse(batch, judged.verdict);
      if (judged.verdict === 'duplicate') duplicates += 1;
      if (judged.verdict === 'too_late') tooLate += 1;
    }
  } finally {
    // Into this transaction, whatever becomes of it: nothing may be left for the next one.
    for (const appender of appenders) appender.close();
  }
  const events = appenders.reduce((sum, { rows }) => sum + rows, 0);
  await writeProgress(connection, cohort, { seen, drops: writer.drops, position });
  return { position, seen, batches: batches.length, events, duplicates, tooLate };
}

async function writeProgress(
  connection: DuckDBConnection,
  { id }: Cohort,
  { seen, drops, position }: { seen: Taken['seen']; drops: RowWriter['drops']; position: number },
): Promise<void> {
  const upsert = await connection.prepare(
    'INSERT OR REPLACE INTO instances (cohort, environment_id, instance_id, seen) VALUES ($1, $2, $3, $4)',
  );
  for (const { environmentId, instanceId, seen: state } of seen.values()) {
    upsert.bind([id, environmentId, instanceId, JSON.stringify(state)]);
    await upsert.run();
  }
  for (const drop of drops) {
    await connection.run(
      `INSERT INTO drops (environment_id, part, reason, count) VALUES ($1, $2, $3, $4)
       ON CONFLICT (environment_id, part, reason) DO UPDATE SET count = count + excluded.count`,
      [...drop],
    );
  }
  await connection.run('UPDATE cohorts SET position = $2 WHERE id = $1', [id, BigInt(position)]);
}

const maskOf = (parts: ReadonlySet<number>): Uint8Array =>
  Uint8Array.from({ length: partitionCount }, (_, part) => (parts.has(part) ? 1 : 0));

/** The cohorts as they were committed. */
export async function readCohorts(connection: DuckDBConnection): Promise<readonly Cohort[]> {
  const rowsOf = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
  const cohorts = (await rowsOf('SELECT id, position FROM cohorts ORDER BY id')).map(
    ([id, position]): Cohort => ({
      id: Number(id),
      position: Number(position),
      parts: new Set(),
      instances: new Map(),
    }),
  );
  const byId = new Map(cohorts.map((cohort) => [cohort.id, cohort]));
  for (const [part, cohort] of await rowsOf('SELECT part, cohort FROM partitions'))
    byId.get(Number(cohort))?.parts.add(Number(part));
  for (const [cohort, environment, instance, seen] of await rowsOf(
    'SELECT cohort, environment_id, instance_id, seen FROM instances',
  )) {
    const [environmentId, instanceId] = [String(environment), String(instance)];
    const state = JSON.parse(String(seen)) as SeenSequences;
    byId.get(Number(cohort))?.instances.set(keyOf({ environmentId, instanceId }), {
      ...{ environmentId, instanceId },
      seen: state,
    });
  }
  return cohorts;
}

/** After the commit. */
export function take(cohort: Cohort, { position, seen }: Taken): void {
  cohort.position = position;
  for (const [key, instance] of seen) cohort.instances.set(key, instance);
}
