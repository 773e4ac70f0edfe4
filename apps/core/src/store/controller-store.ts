// What controllers stand on beside documents: reports of guarded calls that wait to be counted, once each; what controllers
// know; numbers that were told to rollouts. Not part of the state: no revision moves.
import type { CallReport } from '@org/automation';
import { insertRows, numberOf, textOf } from './rows.ts';
import type { SqlSession } from './sql-driver.ts';

/** Reports of one environment, as one core left them. */
export interface ReportRow {
  readonly id: string;
  readonly environmentId: string;
  readonly atMs: number;
  readonly reports: readonly CallReport[];
}

/** What one controller knows of one document. */
export interface StatusRow {
  readonly environmentId: string;
  readonly kind: string;
  readonly key: string;
  readonly status: unknown;
}

/** A number told by UpdateMetrics. */
export interface ToldMetric {
  readonly key: string;
  readonly metric: string;
  readonly value: number;
  readonly atMs: number;
}

const reportsPerReadMax = 500;

export const writeReports = (session: SqlSession, rows: readonly ReportRow[]): Promise<void> =>
  insertRows(session, {
    table: 'call_reports',
    columns: ['id', 'environment_id', 'at_ms', 'reports'],
    rows: rows.map((row) => [row.id, row.environmentId, row.atMs, JSON.stringify(row.reports)]),
  });

/** Some of what waits, oldest first. */
export async function readReports(session: SqlSession): Promise<readonly ReportRow[]> {
  const rows = await session.query(
    `SELECT id, environment_id, at_ms, reports FROM call_reports ORDER BY at_ms, id LIMIT ${reportsPerReadMax}`,
  );
  return rows.map((row) => ({
    id: textOf(row, 'id'),
    environmentId: textOf(row, 'environment_id'),
    atMs: numberOf(row, 'at_ms'),
    reports: JSON.parse(textOf(row, 'reports')) as CallReport[],
  }));
}

/** In the transaction that writes what follows from them. */
export async function deleteReports(session: SqlSession, rows: readonly ReportRow[]): Promise<void> {
  const names = rows.map((_, index) => `$${index + 1}`).join(', ');
  if (rows.length > 0)
    await session.query(
      `DELETE FROM call_reports WHERE id IN (${names})`,
      rows.map(({ id }) => id),
    );
}

export async function readStatuses(session: SqlSession): Promise<readonly StatusRow[]> {
  // What belongs to sources is read by them (source-store.ts): there may be many of them.
  const rows = await session.query(
    `SELECT environment_id, kind, key, status FROM controller_status WHERE kind <> 'source_document'`,
  );
  return rows.map(statusRow);
}

/** What one controller knew when it wrote last. */
export async function readStatus(
  session: SqlSession,
  environmentId: string,
  kind: string,
  key: string,
): Promise<unknown> {
  const [row] = await session.query(
    'SELECT environment_id, kind, key, status FROM controller_status WHERE environment_id = $1 AND kind = $2 AND key = $3',
    [environmentId, kind, key],
  );
  return row && statusRow(row).status;
}

const statusRow = (row: Parameters<typeof textOf>[0]): StatusRow => ({
  environmentId: textOf(row, 'environment_id'),
  kind: textOf(row, 'kind'),
  key: textOf(row, 'key'),
  status: JSON.parse(textOf(row, 'status')) as unknown,
});

export const writeStatuses = (session: SqlSession, rows: readonly StatusRow[]): Promise<void> =>
  insertRows(session, {
    table: 'controller_status',
    columns: ['environment_id', 'kind', 'key', 'status'],
    rows: rows.map((row) => [row.environmentId, row.kind, row.key, JSON.stringify(row.status)]),
    suffix: 'ON CONFLICT (environment_id, kind, key) DO UPDATE SET status = excluded.status',
  });

/** Forgets what is known of documents. */
export async function deleteStatuses(
  session: SqlSession,
  environmentId: string,
  kind: string,
  keys: readonly string[],
): Promise<void> {
  for (const key of keys)
    await session.query(
      'DELETE FROM controller_status WHERE environment_id = $1 AND kind = $2 AND key = $3',
      [environmentId, kind, key],
    );
}

/** The latest of each. */
export const writeToldMetrics = (
  session: SqlSession,
  environmentId: string,
  metrics: readonly ToldMetric[],
): Promise<void> =>
  insertRows(session, {
    table: 'rollout_metrics',
    columns: ['environment_id', 'key', 'metric', 'value', 'at_ms'],
    rows: metrics.map(({ key, metric, value, atMs }) => [environmentId, key, metric, String(value), atMs]),
    suffix: `ON CONFLICT (environment_id, key, metric) DO UPDATE SET value = excluded.value, at_ms = excluded.at_ms`,
  });

/** All of one rollout. */
export async function readToldMetrics(
  session: SqlSession,
  environmentId: string,
  key: string,
): Promise<readonly ToldMetric[]> {
  const rows = await session.query(
    'SELECT metric, value, at_ms FROM rollout_metrics WHERE environment_id = $1 AND key = $2',
    [environmentId, key],
  );
  return rows.map((row) => ({
    key,
    metric: textOf(row, 'metric'),
    value: Number(textOf(row, 'value')),
    atMs: numberOf(row, 'at_ms'),
  }));
}
