// Small pieces of SQL.
import type { DuckDBConnection } from '@duckdb/node-api';

/** A text as a literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A finite number as a literal. */
export const numeral = (value: number): string => `${String(value)}::DOUBLE`;

/** A list of texts as a relation with the one column `text`; as JSON, for it may be long. */
export const relationOf = (texts: readonly string[]): string =>
  `(SELECT unnest(from_json(${literal(JSON.stringify(texts))}, '["VARCHAR"]')) AS text)`;

/** Columns of a result, as numbers. */
export async function numbersOf(
  connection: DuckDBConnection,
  sql: string,
): Promise<readonly (readonly number[])[]> {
  // Every statement that is read by this casts to INTEGER or DOUBLE.
  return (await connection.runAndReadAll(sql)).getColumns() as unknown as readonly (readonly number[])[];
}

/** The one column of a result, as texts. */
export async function textsOf(
  connection: DuckDBConnection,
  sql: string,
): Promise<readonly (string | null)[]> {
  const [column = []] = (await connection.runAndReadAll(sql)).getColumns();
  return column as (string | null)[];
}
