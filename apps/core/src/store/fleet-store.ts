// Each core's part of the fleet, shared with the other cores. Replaced as a whole; nothing depends on it.
import { textOf } from './rows.ts';
import type { SqlDriver, SqlSession } from './sql-driver.ts';

export interface FleetShare {
  readonly coreId: string;
  readonly environmentId: string;
  readonly atMs: number;
  /** JSON list of members. */
  readonly members: string;
}

export const writeFleet = (driver: SqlDriver, share: FleetShare): Promise<unknown> =>
  driver.transaction((session) =>
    session.query(
      `INSERT INTO fleet (core_id, environment_id, at_ms, members) VALUES ($1, $2, $3, $4)
       ON CONFLICT (core_id, environment_id) DO UPDATE SET at_ms = excluded.at_ms, members = excluded.members`,
      [share.coreId, share.environmentId, share.atMs, share.members],
    ),
  );

/** The parts of other cores that are not too old. */
export async function readFleet(
  session: SqlSession,
  environmentId: string,
  exceptCoreId: string,
  sinceMs: number,
): Promise<readonly string[]> {
  const rows = await session.query(
    'SELECT members FROM fleet WHERE environment_id = $1 AND core_id <> $2 AND at_ms >= $3',
    [environmentId, exceptCoreId, sinceMs],
  );
  return rows.map((row) => textOf(row, 'members'));
}

export const deleteOldFleet = (driver: SqlDriver, beforeMs: number): Promise<unknown> =>
  driver.transaction((session) => session.query('DELETE FROM fleet WHERE at_ms < $1', [beforeMs]));
