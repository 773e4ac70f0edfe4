// Removes everything known of one unit from the raw events. What was computed of them is computed anew.
import { succeed, type Result } from '@org/contract';
import type { EraseUnitRequest, EraseUnitResponse } from '@org/contract/gen/flags/v1/analytics_service';
import type { AnalyticsPorts } from '../ports.ts';
import { eraseFrom } from '../store/erase.ts';
import { inTransaction } from '../store/database.ts';
import { invalid } from './handlers.ts';

/** Answers how many events went. */
export async function eraseUnit(
  { database }: Pick<AnalyticsPorts, 'database'>,
  { environment, kind, unit }: EraseUnitRequest,
): Promise<Result<EraseUnitResponse>> {
  if (unit === '') return invalid('unit', 'required', 'A value is required.');
  const connection = await database.connect();
  try {
    // First, so that a crash in between leaves nothing that a rebuild would bring back.
    const [row] = (await connection.runAndReadAll('SELECT position FROM progress WHERE id = 1')).getRows();
    const position = Number(row?.[0] ?? 0);
    database.erasures.add(environment, kind === '' ? 'user' : kind, unit, position);
    const erased = { environmentId: environment, kind: kind === '' ? 'user' : kind, unit };
    return succeed({ events: await inTransaction(connection, () => eraseFrom(connection, erased)) });
  } finally {
    connection.closeSync();
  }
}
