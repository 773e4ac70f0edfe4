// Writes a backup of the main database, as of one moment, while cores go on working.
import { backupTables, type BackupTable } from '../store/backup-tables.ts';
import { numberOf } from '../store/rows.ts';
import type { SqlDriver, SqlSession, SqlValue } from '../store/sql-driver.ts';
import { writeBackup, type BackupRow } from './backup-file.ts';

const rowsPerRead = 500;

/**
 * Answers what was written.
 *
 * @throws on a database that no core has started on: an empty backup would replace a good one
 * @throws {StoreError}
 */
export function backup(
  driver: SqlDriver,
  path: string,
  createdAt: Date,
): Promise<{ readonly rows: number; readonly sha256: string }> {
  return driver.transaction(
    async (session) => {
      const [row] = await session.query(
        `SELECT MAX(version) AS version FROM schema_migrations WHERE part = 'main'`,
      );
      if (row === undefined) throw new Error('there are no tables');
      const [known] = await session.query('SELECT COUNT(*) AS n FROM principals');
      if (known === undefined || numberOf(known, 'n') === 0) {
        const advice = 'check FLAGS_DATABASE_URL and FLAGS_DATA_DIR';
        throw new Error(`[NOTHING_TO_BACK_UP] No core has ever started on this database: ${advice}.`);
      }
      const header = {
        format: 'flags-backup',
        formatVersion: 1,
        schemaVersion: numberOf(row, 'version'),
        createdAt: createdAt.toISOString(),
        tables: Object.fromEntries(backupTables.map(({ name, columns }) => [name, columns])),
      } as const;
      return writeBackup(path, header, allRows(session));
    },
    { readOnly: true },
  );
}

async function* allRows(session: SqlSession): AsyncIterable<BackupRow> {
  for (const table of backupTables) yield* rowsOf(session, table);
}

/** Pages by the primary key. */
async function* rowsOf(
  session: SqlSession,
  { name, columns, keyCount }: BackupTable,
): AsyncIterable<BackupRow> {
  const key = columns.slice(0, keyCount);
  const position = key.map((_, index) => `$${index + 1}`).join(', ');
  let after: readonly SqlValue[] | undefined;
  for (;;) {
    const where = after === undefined ? '' : `WHERE (${key.join(', ')}) > (${position})`;
    const text = `SELECT ${columns.join(', ')} FROM ${name} ${where} ORDER BY ${key.join(', ')} LIMIT ${rowsPerRead}`;
    const rows = await session.query(text, after ?? []);
    for (const row of rows) yield { table: name, values: columns.map((column) => row[column] ?? null) };
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsPerRead) return;
    after = key.map((column) => last[column] ?? null);
  }
}
