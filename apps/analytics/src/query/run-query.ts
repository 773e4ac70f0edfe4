// Runs SQL of an operator over one environment's events: checked first, in a read-only transaction in which the tables
// hold that environment alone, bounded in time, rows and bytes. One at a time: memory is shared with ingest.
import type { Result } from '@org/contract';
import { succeed } from '@org/contract';
import type { QueryRequest, QueryResponse } from '@org/contract/gen/flags/v1/analytics_service';
import { JsonDuckDBValueConverter, type DuckDBConnection, type Json } from '@duckdb/node-api';
import { invalid } from '../service/handlers.ts';
import type { Database } from '../store/database.ts';
import { eventTables } from '../store/tables.ts';
import { checkSql } from './check-sql.ts';
import { withTimeLimit } from './with-time-limit.ts';

const sqlCharsMax = 20_000;
const rowsDefault = 1_000;
const rowsMax = 10_000;
const bytesMax = 8 * 1024 * 1024;
const queryMsMax = 20_000;
/** As text of a gRPC answer, not as a copy of the table. */
const valueCharsMax = 64 * 1024;

interface Reading {
  readonly database: Pick<Database, 'connect'>;
}

let last: Promise<unknown> = Promise.resolve();

/** Answers rows, or what is wrong with the query. */
export function runQuery(ports: Reading, request: QueryRequest): Promise<Result<QueryResponse>> {
  const turn = last.then(() => runInTurn(ports, request));
  last = turn.catch(() => undefined);
  return turn;
}

async function runInTurn(
  { database }: Reading,
  { environment, sql, rowsMax: asked }: QueryRequest,
): Promise<Result<QueryResponse>> {
  if (sql.trim() === '') return invalid('sql', 'required', 'A value is required.');
  if (sql.length > sqlCharsMax) return invalid('sql', 'max_length', `At most ${sqlCharsMax} characters.`);
  if (asked > rowsMax) return invalid('rows_max', 'max', `At most ${rowsMax}.`);
  const connection = await database.connect();
  try {
    const problem = await checkSql(connection, sql);
    if (problem !== undefined) return invalid('sql', problem.rule, problem.message);
    await showOnly(connection, environment);
    await connection.run('BEGIN TRANSACTION READ ONLY');
    const rows = asked === 0 ? rowsDefault : asked;
    const answer = await withTimeLimit(connection, queryMsMax, () => readRows(connection, sql, rows));
    if (answer === 'too_long') return invalid('sql', 'max_time', `At most ${queryMsMax / 1000} s.`);
    return succeed(answer);
  } catch (error) {
    return invalid('sql', 'sql', error instanceof Error ? error.message : 'The query failed.');
  } finally {
    connection.closeSync();
  }
}

/** Lays views of one environment over the tables, for this connection. */
async function showOnly(connection: DuckDBConnection, environmentId: string): Promise<void> {
  const quoted = `'${environmentId.replaceAll("'", "''")}'`;
  const reader = await connection.runAndReadAll('SELECT current_database()');
  const database = `"${String(reader.getRows()[0]?.[0]).replaceAll('"', '""')}"`;
  for (const { name } of eventTables) {
    await connection.run(
      `CREATE TEMP VIEW ${name} AS SELECT * EXCLUDE (environment_id) FROM ${database}.main.${name} WHERE environment_id = ${quoted}`,
    );
  }
}

async function readRows(
  connection: DuckDBConnection,
  sql: string,
  rowsAsked: number,
): Promise<QueryResponse> {
  const result = await connection.stream(sql);
  const rows: Json[][] = [];
  let bytes = 0;
  for (
    let chunk = await result.fetchChunk();
    chunk !== null && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    for (const row of chunk.convertRows<Json>(JsonDuckDBValueConverter)) {
      const shown = row.map(shorten);
      bytes += JSON.stringify(shown).length;
      if (rows.length >= rowsAsked || bytes > bytesMax)
        return { columns: result.columnNames(), rows, truncated: true };
      rows.push(shown);
    }
  }
  return { columns: result.columnNames(), rows, truncated: false };
}

const shorten = (value: Json): Json =>
  typeof value === 'string' && value.length > valueCharsMax ? value.slice(0, valueCharsMax) : value;
