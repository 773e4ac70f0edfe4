// The DuckDB file of this process: settings, tables, and the one writing connection. Everything in it can be made again
// from the event log: delete the file, and results are equal.
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { openErasures, type Erasures } from './erasures.ts';
import { createTable, eventTables } from './tables.ts';

export interface DatabaseSettings {
  /** Path of the file. */
  readonly path: string;
  readonly memoryMegabytes: number;
  readonly threads: number;
}

/** An open database. One connection writes; others read what it has committed. */
export interface Database {
  readonly writer: DuckDBConnection;
  readonly erasures: Erasures;
  connect(): Promise<DuckDBConnection>;
  close(): void;
}

/** What is kept beside the events, in the same transactions. */
const bookkeeping = [
  // One row: the log that was read. `changes` grows when rows go: by erasure, or with a partition that is given up.
  `CREATE TABLE IF NOT EXISTS source (
    id UTINYINT PRIMARY KEY, log VARCHAR NOT NULL, changes UBIGINT NOT NULL DEFAULT 0
  )`,
  // How far partitions have come that go together (src/ingest/cohort.ts).
  `CREATE TABLE IF NOT EXISTS cohorts (id UTINYINT PRIMARY KEY, position UBIGINT NOT NULL)`,
  // Partitions that are held.
  `CREATE TABLE IF NOT EXISTS partitions (part UTINYINT PRIMARY KEY, cohort UTINYINT NOT NULL)`,
  // What was seen of each SDK instance: recognises a batch that was retried, however late.
  `CREATE TABLE IF NOT EXISTS instances (
    cohort UTINYINT NOT NULL, environment_id VARCHAR NOT NULL, instance_id VARCHAR NOT NULL, seen VARCHAR NOT NULL,
    PRIMARY KEY (cohort, environment_id, instance_id)
  )`,
  // What the core told about experiments and metrics, by environment.
  `CREATE TABLE IF NOT EXISTS definitions (environment_id VARCHAR PRIMARY KEY, told VARCHAR NOT NULL)`,
  // Events that are not in, by reason; `duplicate` and `too_late` count batches.
  `CREATE TABLE IF NOT EXISTS drops (
    environment_id VARCHAR NOT NULL, part UTINYINT NOT NULL, reason VARCHAR NOT NULL, count DOUBLE NOT NULL,
    PRIMARY KEY (environment_id, part, reason)
  )`,
];

/** Opens the file, or makes it. @throws when another process has it open: DuckDB has one writer. */
export async function openDatabase({ path, memoryMegabytes, threads }: DatabaseSettings): Promise<Database> {
  const instance = await openInstance(path, {
    memory_limit: `${String(memoryMegabytes)}MB`,
    threads: String(threads),
    preserve_insertion_order: 'true',
    // Each checkpoint writes unfinished row groups anew; after a crash so much is read again.
    checkpoint_threshold: '64MB',
    // Nor does it put small row groups together all at once: that would write most of the table anew.
    max_vacuum_tasks: '2',
    // What it no longer uses goes back to the system.
    allocator_background_threads: 'true',
    allocator_flush_threshold: '16MB',
    allocator_bulk_deallocation_flush_threshold: '64MB',
  });
  const writer = await instance.connect();
  for (const setting of settingsOf(path)) await writer.run(setting);
  await checkLayout(writer, path);
  for (const statement of [...eventTables.map(createTable), ...bookkeeping]) await writer.run(statement);
  return {
    writer,
    erasures: openErasures(`${path}-erasures`),
    connect: () => instance.connect(),
    close() {
      writer.closeSync();
      instance.closeSync();
    },
  };
}

/** DuckDB's own words do not say what to do about it. */
async function openInstance(
  path: string,
  options: Readonly<Record<string, string>>,
): Promise<DuckDBInstance> {
  try {
    return await DuckDBInstance.create(path, options);
  } catch (error) {
    if (!(error instanceof Error) || !/lock/i.test(error.message)) throw error;
    throw new Error(`another process has ${path} open: one analytics process owns a file`, { cause: error });
  }
}

/** Grows with every change of the tables. */
const layout = 2;

/** @throws for a file of another version: it can be made again from the log. */
async function checkLayout(writer: DuckDBConnection, path: string): Promise<void> {
  const reader = await writer.runAndReadAll(
    'SELECT count(*) FILTER (WHERE table_name = $1), count(*) FROM duckdb_tables()',
    ['layout'],
  );
  const [isKnown, tables] = reader.getRows()[0]!.map(Number);
  const rows = isKnown === 1 ? (await writer.runAndReadAll('SELECT version FROM layout')).getRows() : [];
  if (rows[0]?.[0] === layout) return;
  if (tables !== 0)
    throw new Error(
      `${path} was made by another version: delete it, and everything is made again from the event log`,
    );
  await writer.run(`CREATE TABLE layout AS SELECT ${layout}::INTEGER AS version`);
}

/** Where Parquet files are written: the one folder SQL of this process may touch beside its own file. */
export const exportFolderOf = (path: string): string => `${path}-export`;

/** Nothing outside is read or written, whatever SQL says; and it cannot be said otherwise later. */
const settingsOf = (path: string): readonly string[] => [
  `SET allowed_directories = ['${`${exportFolderOf(path)}/`.replaceAll("'", "''")}']`,
  'SET enable_external_access = false',
  'SET autoinstall_known_extensions = false',
  'SET autoload_known_extensions = false',
  'SET lock_configuration = true',
];

const turns = new WeakMap<Database, Promise<unknown>>();

/**
 * Runs work that writes rows others write too (progress, deletions), one after the other: DuckDB would have all but one of
 * them fail at their commit.
 */
export function inTurn<T>(database: Database, work: () => Promise<T>): Promise<T> {
  const turn = (turns.get(database) ?? Promise.resolve()).then(work, work);
  turns.set(database, turn);
  return turn;
}

/** Runs the work in a transaction of the connection: all of it, or nothing. */
export async function inTransaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    // A transaction that failed to commit is gone already.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
