// Writes one environment's raw events as Parquet files, one per table, beside the DuckDB file: the one folder that SQL of
// this process may write to.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { exportFolderOf, openDatabase, type DatabaseSettings } from './database.ts';
import { eventTables } from './tables.ts';

export interface ExportedFile {
  readonly file: string;
  readonly rows: number;
}

/** Everything when no environment is named. @throws when the analytics process runs: the file has one owner. */
export async function exportParquet(
  settings: DatabaseSettings,
  environmentId: string | undefined,
  stamp: string,
): Promise<readonly ExportedFile[]> {
  const folder = join(exportFolderOf(settings.path), stamp);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = await openDatabase(settings);
  try {
    const files: ExportedFile[] = [];
    for (const { name } of eventTables) {
      const file = join(folder, `${name}.parquet`);
      const where = environmentId === undefined ? '' : `WHERE environment_id = ${quoted(environmentId)}`;
      const result = await database.writer.run(
        `COPY (SELECT * FROM ${name} ${where}) TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd)`,
      );
      files.push({ file, rows: result.rowsChanged });
    }
    return files;
  } finally {
    database.close();
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
