// Removes everything known of one unit from the raw events, wherever they are held. What was computed of them is computed
// anew.
import { succeed, type Result } from '@org/contract';
import type { EraseUnitRequest, EraseUnitResponse } from '@org/contract/gen/flags/v1/analytics_service';
import type { AnalyticsPorts } from '../ports.ts';
import { invalid } from './handlers.ts';

/** Answers how many events went. After a fault it may be repeated. */
export async function eraseUnit(
  { gather, log, now, announceErasure }: Pick<AnalyticsPorts, 'gather' | 'log' | 'now' | 'announceErasure'>,
  { environment, kind, unit }: EraseUnitRequest,
): Promise<Result<EraseUnitResponse>> {
  if (unit === '') return invalid('unit', 'required', 'A value is required.');
  // What lies in the log already goes, too, whether or not it has been read. Without the log its time tells.
  const position = await log.head().catch(() => 0);
  const erased = {
    ...{ environmentId: environment, kind: kind === '' ? 'user' : kind, unit },
    upTo: { position, timeMs: now() },
  };
  // First: whoever takes a partition over from now on leaves the unit out.
  await announceErasure(erased);
  const events = await gather('erase', erased);
  return succeed({ events: events.reduce((total, count) => total + count, 0) });
}
