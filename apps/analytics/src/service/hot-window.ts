// What happened in the last seconds: evaluations, errors, exposures and guarded calls per flag and variant, from the raw
// events.
import { succeed, type Result } from '@org/contract';
import type {
  HotVariant,
  HotWindowRequest,
  HotWindowResponse,
} from '@org/contract/gen/flags/v1/analytics_service';
import type { Database } from '../store/database.ts';
import { readRows } from '../store/read-rows.ts';
import { readUnitsWithErrors, readSketches } from './hot-telemetry.ts';
import { invalid } from './handlers.ts';

const secondsDefault = 60;
const secondsMax = 3_600;
/** The longest window. */
export const hotWindowMsMax = secondsMax * 1_000;

/** By when events were received: that is what goes on now, whatever clocks say. */
const inWindow = `environment_id = $1 AND received_ms >= $2 AND ($3 = '' OR flag_key = $3)`;

const sql = `
  SELECT flag_key, variant, max(revision), sum(evaluations)::DOUBLE, sum(failed)::DOUBLE, sum(exposures)::DOUBLE,
    sum(calls)::DOUBLE, sum(errors)::DOUBLE, sum(trips)::DOUBLE
  FROM (
    SELECT flag_key, variant, revision, count AS evaluations, CASE WHEN error_code <> '' THEN count ELSE 0 END AS failed,
      0 AS exposures, 0 AS calls, 0 AS errors, 0 AS trips FROM evaluation_counts WHERE ${inWindow}
    UNION ALL SELECT flag_key, variant, revision, 0, 0, 1, 0, 0, 0 FROM exposures WHERE ${inWindow}
    UNION ALL SELECT flag_key, variant, revision, 0, 0, 0, calls, errors, trips FROM call_telemetry
      WHERE ${inWindow} AND NOT excluded
  ) GROUP BY flag_key, variant ORDER BY 1, 2`;

/** Answers the window that ends now. */
export async function hotWindow(
  { database, now }: { readonly database: Pick<Database, 'connect'>; readonly now: () => number },
  { environment, flagKey, seconds }: HotWindowRequest,
): Promise<Result<HotWindowResponse>> {
  if (seconds > secondsMax) return invalid('seconds', 'max', `At most ${secondsMax}.`);
  const untilMs = now();
  const fromMs = untilMs - (seconds === 0 ? secondsDefault : seconds) * 1_000;
  const values = [environment, fromMs, flagKey];
  const rows = await readRows(database, sql, values);
  const calls = await readSketches(
    database,
    'call_telemetry',
    'latency',
    `${inWindow} AND NOT excluded`,
    values,
  );
  const evaluations = await readSketches(database, 'evaluation_counts', 'evaluation_time', inWindow, values);
  const units = await readUnitsWithErrors(database, `${inWindow} AND NOT excluded`, values);
  const variants = rows.map((row): HotVariant => {
    const key = JSON.stringify([row[0], row[1]]);
    const [latency, evaluation] = [calls.get(key), evaluations.get(key)];
    return {
      ...countsOf(row),
      unitsWithErrors: units.get(key) ?? 0,
      latencyP50Ms: latency?.quantile(0.5),
      latencyP95Ms: latency?.quantile(0.95),
      latencyP99Ms: latency?.quantile(0.99),
      evaluationP50Ms: evaluation?.quantile(0.5),
      evaluationP95Ms: evaluation?.quantile(0.95),
      evaluationP99Ms: evaluation?.quantile(0.99),
    };
  });
  return succeed({ fromMs, untilMs, variants });
}

const countsOf = ([flagKey, variant, ...numbers]: readonly unknown[]) => {
  const [revision, evaluations, errorEvaluations, exposures, calls, callErrors, trips] = numbers.map(Number);
  return {
    flagKey: String(flagKey),
    variant: String(variant),
    revision: revision!,
    evaluations: evaluations!,
    errorEvaluations: errorEvaluations!,
    exposures: exposures!,
    calls: calls!,
    callErrors: callErrors!,
    trips: trips!,
  };
};
