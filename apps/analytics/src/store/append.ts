// Appends rows to a table, column by column, in chunks of DuckDB's own size. Part of the connection's transaction.
import { DuckDBDataChunk, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import type { EventTable } from './tables.ts';

/** Values of a table, column by column. */
export interface Columns {
  readonly table: EventTable;
  readonly values: readonly DuckDBValue[][];
}

const chunkRows = 2_048;

export const emptyColumns = (table: EventTable): Columns => ({ table, values: table.columns.map(() => []) });

/** Number of rows. */
export const rowsOf = ({ values }: Columns): number => values[0]?.length ?? 0;

/** Appends everything. */
export async function appendColumns(connection: DuckDBConnection, columns: Columns): Promise<void> {
  const { table, values } = columns;
  const rows = rowsOf(columns);
  if (rows === 0) return;
  const appender = await connection.createAppender(table.name);
  const types = table.columns.map(({ type }) => type);
  for (let start = 0; start < rows; start += chunkRows) {
    const size = Math.min(chunkRows, rows - start);
    const chunk = DuckDBDataChunk.create(types, size);
    chunk.setColumns(values.map((column) => column.slice(start, start + size)));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}
