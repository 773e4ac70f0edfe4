// Reads columns of rows with their types checked, and writes many rows by few statements.
import { StoreError } from './store-error.ts';
import type { SqlRow, SqlSession, SqlValue } from './sql-driver.ts';

/** Stays below every database's limit of parameters per statement. */
const rowsPerStatementMax = 200;

const unexpected = (column: string, type: string): StoreError =>
  new StoreError('INTERNAL', `column ${column} is no ${type}`);

export function textOf(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw unexpected(column, 'text');
  return value;
}

export function numberOf(row: SqlRow, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw unexpected(column, 'number');
  return value;
}

export function bytesOf(row: SqlRow, column: string): Buffer {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw unexpected(column, 'bytes');
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

export const optionalTextOf = (row: SqlRow, column: string): string | undefined =>
  row[column] === null ? undefined : textOf(row, column);

export const optionalNumberOf = (row: SqlRow, column: string): number | undefined =>
  row[column] === null ? undefined : numberOf(row, column);

/** Rows by the number in a column. */
export function groupRows(rows: readonly SqlRow[], column: string): ReadonlyMap<number, readonly SqlRow[]> {
  const groups = new Map<number, SqlRow[]>();
  for (const row of rows) {
    const key = numberOf(row, column);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

export interface Insert {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
  /** What follows VALUES, e.g. "ON CONFLICT (id) DO NOTHING". */
  readonly suffix?: string;
}

/** Inserts all rows, some hundred per statement. */
export async function insertRows(session: SqlSession, insert: Insert): Promise<void> {
  const { table, columns, rows, suffix = '' } = insert;
  for (let start = 0; start < rows.length; start += rowsPerStatementMax) {
    const part = rows.slice(start, start + rowsPerStatementMax);
    const tuples = part.map(
      (_, row) => `(${columns.map((_column, index) => `$${row * columns.length + index + 1}`).join(', ')})`,
    );
    const text = `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${tuples.join(', ')} ${suffix}`;
    await session.query(text, part.flat());
  }
}
