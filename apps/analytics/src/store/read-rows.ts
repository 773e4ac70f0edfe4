// One reading statement on a connection of its own.
import type { DuckDBValue } from '@duckdb/node-api';
import type { Database } from './database.ts';

/** All rows. */
export async function readRows(
  database: Pick<Database, 'connect'>,
  sql: string,
  values: DuckDBValue[] = [],
): Promise<readonly (readonly DuckDBValue[])[]> {
  const connection = await database.connect();
  try {
    return (await connection.runAndReadAll(sql, values)).getRows();
  } finally {
    connection.closeSync();
  }
}
