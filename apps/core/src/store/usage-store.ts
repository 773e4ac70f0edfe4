// How often flags were evaluated, and when last: one row per flag and variant. Not part of the state: no revision moves.
import { insertRows, numberOf, textOf } from './rows.ts';
import type { SqlSession } from './sql-driver.ts';

/** Evaluations of one flag to one variant; the variant "" is the caller's default. */
export interface UsageRow {
  readonly environmentId: string;
  readonly flagKey: string;
  readonly variant: string;
  readonly evaluations: number;
  readonly lastMs: number;
}

/** Adds to what is there. */
export const addUsage = (session: SqlSession, rows: readonly UsageRow[]): Promise<void> =>
  insertRows(session, {
    table: 'flag_usage',
    columns: ['environment_id', 'flag_key', 'variant', 'evaluations', 'last_ms'],
    // Rows of several cores are locked in one order.
    rows: rows
      .toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
      .map((row) => [row.environmentId, row.flagKey, row.variant, row.evaluations, row.lastMs]),
    suffix: `ON CONFLICT (environment_id, flag_key, variant) DO UPDATE SET
      evaluations = flag_usage.evaluations + excluded.evaluations,
      last_ms = CASE WHEN excluded.last_ms > flag_usage.last_ms THEN excluded.last_ms ELSE flag_usage.last_ms END`,
  });

const orderOf = ({ environmentId, flagKey, variant }: UsageRow): string =>
  JSON.stringify([environmentId, flagKey, variant]);

/** All rows of an environment. */
export async function readUsage(session: SqlSession, environmentId: string): Promise<readonly UsageRow[]> {
  const rows = await session.query(
    'SELECT flag_key, variant, evaluations, last_ms FROM flag_usage WHERE environment_id = $1',
    [environmentId],
  );
  return rows.map((row) => ({
    environmentId,
    flagKey: textOf(row, 'flag_key'),
    variant: textOf(row, 'variant'),
    evaluations: numberOf(row, 'evaluations'),
    lastMs: numberOf(row, 'last_ms'),
  }));
}

/** Notes when counting began in this installation, once. */
export const noteCounting = (session: SqlSession, nowMs: number): Promise<unknown> =>
  session.query('INSERT INTO usage_counting (id, since_ms) VALUES (1, $1) ON CONFLICT (id) DO NOTHING', [
    nowMs,
  ]);

/** When counting began in this installation. */
export async function countingSince(session: SqlSession, nowMs: number): Promise<number> {
  const [row] = await session.query('SELECT since_ms FROM usage_counting WHERE id = 1');
  return row === undefined ? nowMs : numberOf(row, 'since_ms');
}
