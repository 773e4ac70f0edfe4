// Removes everything known of one unit from the raw events. What was computed of them is computed anew.
import { succeed, type Result } from '@org/contract';
import type { EraseUnitRequest, EraseUnitResponse } from '@org/contract/gen/flags/v1/analytics_service';
import type { AnalyticsPorts } from '../ports.ts';
import { eraseFrom } from '../store/erase.ts';
import { inTransaction, inTurn } from '../store/database.ts';
import { invalid } from './handlers.ts';

/** Answers how many events went. */
export async function eraseUnit(
  { database, log, now }: Pick<AnalyticsPorts, 'database' | 'log' | 'now'>,
  { environment, kind, unit }: EraseUnitRequest,
): Promise<Result<EraseUnitResponse>> {
  if (unit === '') return invalid('unit', 'required', 'A value is required.');
  const { erasures } = database;
  // What lies in the log already goes, too, whether or not it has been read. Without the log its time tells.
  const position = await log.head().catch(() => 0);
  const erased = { environmentId: environment, kind: kind === '' ? 'user' : kind, unit };
  const connection = await database.connect();
  const erase = async (): Promise<number> => {
    // First, so that a crash in between leaves nothing that a rebuild would bring back.
    erasures.add(environment, erased.kind, unit, { position, timeMs: now() });
    return eraseFrom(connection, erased);
  };
  try {
    const events = await inTurn(database, () => inTransaction(connection, erase));
    return succeed({ events });
  } finally {
    connection.closeSync();
  }
}
