// What happened in the last seconds: evaluations, errors and exposures per flag and variant, from the raw events.
import { succeed, type Result } from '@org/contract';
import type {
  HotVariant,
  HotWindowRequest,
  HotWindowResponse,
} from '@org/contract/gen/flags/v1/analytics_service';
import type { AnalyticsPorts } from '../ports.ts';
import { readRows } from '../store/read-rows.ts';
import { invalid } from './handlers.ts';

const secondsDefault = 60;
const secondsMax = 3_600;

/** By when events were received: that is what goes on now, whatever clocks say. */
const sql = `
  WITH evaluations AS (
    SELECT flag_key, variant, max(revision) AS revision, sum(count) AS evaluations,
      sum(CASE WHEN error_code <> '' THEN count ELSE 0 END) AS errors
    FROM evaluation_counts WHERE environment_id = $1 AND received_ms >= $2 AND ($3 = '' OR flag_key = $3)
    GROUP BY flag_key, variant
  ), exposed AS (
    SELECT flag_key, variant, max(revision) AS revision, count(*) AS exposures
    FROM exposures WHERE environment_id = $1 AND received_ms >= $2 AND ($3 = '' OR flag_key = $3)
    GROUP BY flag_key, variant
  )
  SELECT coalesce(e.flag_key, x.flag_key), coalesce(e.variant, x.variant),
    greatest(coalesce(e.revision, 0), coalesce(x.revision, 0)),
    coalesce(e.evaluations, 0)::DOUBLE, coalesce(e.errors, 0)::DOUBLE, coalesce(x.exposures, 0)::DOUBLE
  FROM evaluations e FULL JOIN exposed x ON e.flag_key = x.flag_key AND e.variant = x.variant
  ORDER BY 1, 2`;

/** Answers the window that ends now. */
export async function hotWindow(
  { database, now }: Pick<AnalyticsPorts, 'database' | 'now'>,
  { environment, flagKey, seconds }: HotWindowRequest,
): Promise<Result<HotWindowResponse>> {
  if (seconds > secondsMax) return invalid('seconds', 'max', `At most ${secondsMax}.`);
  const untilMs = now();
  const fromMs = untilMs - (seconds === 0 ? secondsDefault : seconds) * 1_000;
  const rows = await readRows(database, sql, [environment, fromMs, flagKey]);
  return succeed({ fromMs, untilMs, variants: rows.map(variantOf) });
}

const variantOf = ([
  flagKey,
  variant,
  revision,
  evaluations,
  errors,
  exposures,
]: readonly unknown[]): HotVariant => ({
  flagKey: String(flagKey),
  variant: String(variant),
  revision: Number(revision),
  evaluations: Number(evaluations),
  errorEvaluations: Number(errors),
  exposures: Number(exposures),
  calls: 0,
  callErrors: 0,
  unitsWithErrors: 0,
  latencyP50Ms: undefined,
  latencyP95Ms: undefined,
  latencyP99Ms: undefined,
});
