// Rows of event tables that several processes hold, brought together in a database in memory: for questions whose answers
// cannot be added up. Bounded; too many are refused, never left out.
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { fail } from '@org/contract';
import { TableAppender, type CellValue } from '../store/append.ts';
import type { Database } from '../store/database.ts';
import { readRows } from '../store/read-rows.ts';
import { createTable, eventTables } from '../store/tables.ts';
import { FaultError } from './fault-error.ts';
import type { Gather } from './gather.ts';

export interface RowsRequest {
  readonly environmentId: string;
  /** Events that came since then. */
  readonly sinceMs: number;
}

/** By table. Whole numbers of 64 bits are numbers here. */
export type TableRows = Readonly<Record<string, readonly (readonly CellValue[])[]>>;

/** Of each table and process. */
const rowsMax = 100_000;
const memoryLimit = '160MB';

/** Rows of this process, in the order of the log. @throws FaultError LIMIT_EXCEEDED. */
export async function readTableRows(
  database: Pick<Database, 'connect'>,
  { environmentId, sinceMs }: RowsRequest,
): Promise<TableRows> {
  const tables: Record<string, readonly (readonly CellValue[])[]> = {};
  for (const { name, columns } of eventTables) {
    const sql = `SELECT ${columns.map((column) => column.name).join(', ')} FROM ${name}
      WHERE environment_id = $1 AND received_ms >= $2 LIMIT ${rowsMax + 1}`;
    const rows = await readRows(database, sql, [environmentId, sinceMs]);
    if (rows.length > rowsMax) throw tooMany;
    tables[name] = rows.map((row) => row.map(cellOf));
  }
  return tables;
}

const message = `The events lie in several analytics processes, and each can bring at most ${rowsMax} rows of a table together with the others'. Ask for less time, or export Parquet files.`;
const tooMany = new FaultError(fail('LIMIT_EXCEEDED', message).fault);

const cellOf = (value: DuckDBValue): CellValue =>
  typeof value === 'bigint' ? Number(value) : (value as CellValue);

/** Runs work over the rows of all processes; `database` itself where one process holds everything. */
export async function withAllRows<T>(
  { database, gather }: { readonly database: Pick<Database, 'connect'>; readonly gather: Gather },
  request: RowsRequest,
  work: (database: Pick<Database, 'connect'>) => Promise<T>,
): Promise<T> {
  if (!gather.isShared) return work(database);
  const parts = await gather('rows', request);
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: memoryLimit });
  try {
    const connection = await instance.connect();
    // As in the file of a process: whatever SQL says, nothing outside is touched.
    for (const setting of [
      'enable_external_access = false',
      'autoload_known_extensions = false',
      'lock_configuration = true',
    ])
      await connection.run(`SET ${setting}`);
    for (const table of eventTables) {
      await connection.run(createTable(table));
      const appender = new TableAppender(connection, table);
      await appender.open();
      for (const tables of parts) for (const row of tables[table.name] ?? []) appender.add(row);
      appender.close();
    }
    connection.closeSync();
    return await work({ connect: () => instance.connect() });
  } finally {
    instance.closeSync();
  }
}
