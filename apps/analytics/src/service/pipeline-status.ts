// How far the pipeline has come, and what is not in, by reason.
import { succeed, type Result } from '@org/contract';
import type {
  PipelineStatusRequest,
  PipelineStatusResponse,
} from '@org/contract/gen/flags/v1/analytics_service';
import type { AnalyticsPorts } from '../ports.ts';
import { readRows } from '../store/read-rows.ts';

const counts = `
  SELECT sum(n)::DOUBLE, max(received) FROM (
    SELECT count(*) AS n, max(received_ms) AS received FROM exposures WHERE environment_id = $1
    UNION ALL SELECT count(*), max(received_ms) FROM metric_events WHERE environment_id = $1
    UNION ALL SELECT count(*), max(received_ms) FROM evaluation_counts WHERE environment_id = $1
    UNION ALL SELECT count(*), max(received_ms) FROM call_telemetry WHERE environment_id = $1
  )`;

/** Events and drops of the environment; what is behind, and duplicates, of the whole log. */
export async function pipelineStatus(
  { database, log, running }: Pick<AnalyticsPorts, 'database' | 'log' | 'running'>,
  { environment }: PipelineStatusRequest,
): Promise<Result<PipelineStatusResponse>> {
  const [row] = await readRows(database, counts, [environment]);
  const drops = await readRows(
    database,
    `SELECT reason, sum(count)::DOUBLE FROM drops WHERE environment_id = $1 AND reason <> 'duplicate' GROUP BY reason`,
    [environment],
  );
  const [kept] = await readRows(
    database,
    `SELECT (SELECT min(position) FROM cohorts), (SELECT sum(count)::DOUBLE FROM drops WHERE reason = 'duplicate')`,
  );
  // Unknown while the log is away: then it is at least nothing less than what was behind.
  const head = await log.head().catch(() => undefined);
  const position = running.ingest?.lowestPosition ?? Number(kept?.[0] ?? 0);
  return succeed({
    batchesBehind: head === undefined ? 0 : Math.max(0, head - position),
    events: Number(row?.[0] ?? 0),
    duplicates: Number(kept?.[1] ?? 0),
    dropped: Object.fromEntries(drops.map(([reason, count]) => [String(reason), Number(count)])),
    dataUntil: row?.[1] === null || row === undefined ? undefined : timestampOf(Number(row[1])),
  });
}

const timestampOf = (ms: number) => ({
  seconds: Math.floor(ms / 1_000),
  nanos: Math.floor((ms % 1_000) * 1_000_000),
});
