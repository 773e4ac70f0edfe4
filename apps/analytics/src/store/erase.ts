// Erasure of a unit from the event tables, inside the caller's transaction.
import type { DuckDBConnection } from '@duckdb/node-api';
import { exposures, metricEvents } from './tables.ts';

export interface ErasedUnit {
  readonly environmentId: string;
  readonly kind: string;
  readonly unit: string;
}

/** Events that name the unit; a unit of kind `user` without others lies in `unit` alone. Answers how many there were. */
export async function eraseFrom(
  connection: DuckDBConnection,
  { environmentId, kind, unit }: ErasedUnit,
): Promise<number> {
  let events = 0;
  for (const { name } of [exposures, metricEvents]) {
    const result = await connection.run(
      `DELETE FROM ${name} WHERE environment_id = $1
         AND ((units IS NULL AND $2 = 'user' AND unit = $3)
           OR (units IS NOT NULL AND json_contains(units::JSON, $4::JSON)))`,
      [environmentId, kind, unit, JSON.stringify({ [kind]: unit })],
    );
    events += result.rowsChanged;
  }
  await connection.run('UPDATE source SET changes = changes + 1 WHERE id = 1');
  return events;
}
