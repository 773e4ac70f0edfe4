// Takes partitions into the database and out of it, inside the caller's transaction.
import type { DuckDBConnection } from '@duckdb/node-api';
import { eventTables } from '../store/tables.ts';

/** Nothing is left of them: whoever holds them now has their rows. */
export async function removeParts(connection: DuckDBConnection, parts: readonly number[]): Promise<void> {
  const list = parts.join(', ');
  for (const { name } of eventTables) await connection.run(`DELETE FROM ${name} WHERE part IN (${list})`);
  await connection.run(`DELETE FROM drops WHERE part IN (${list})`);
  await connection.run(`DELETE FROM partitions WHERE part IN (${list})`);
  await connection.run('UPDATE source SET changes = changes + 1 WHERE id = 1');
}

/** They begin at the beginning of the log. */
export async function addParts(
  connection: DuckDBConnection,
  cohort: number,
  parts: readonly number[],
): Promise<void> {
  await connection.run('INSERT INTO cohorts (id, position) VALUES ($1, 0) ON CONFLICT DO NOTHING', [cohort]);
  for (const part of parts)
    await connection.run('INSERT INTO partitions (part, cohort) VALUES ($1, $2)', [part, cohort]);
}

/** How far it came, and what it has seen; its partitions belong to another one. */
export async function forgetCohort(connection: DuckDBConnection, id: number): Promise<void> {
  await connection.run('DELETE FROM instances WHERE cohort = $1', [id]);
  await connection.run('DELETE FROM cohorts WHERE id = $1', [id]);
}
