// Change requests: one row each, replaced as a whole under the lock of its environment. What they did stands in history.
import { insertRows, numberOf, textOf } from './rows.ts';
import type { SqlRow, SqlSession } from './sql-driver.ts';

/** A request as it is kept. `body` is JSON that only the domain reads. */
export interface ChangeRequestRow {
  readonly environmentId: string;
  readonly number: number;
  readonly isOpen: boolean;
  /** When it is to be applied by itself. */
  readonly applyAtMs: number | undefined;
  readonly idempotencyKey: string;
  readonly requestHash: string;
  readonly body: string;
}

const columns = [
  ...['environment_id', 'number', 'is_open', 'apply_at_ms', 'idempotency_key', 'request_hash', 'body'],
];
const selected = `SELECT ${columns.join(', ')} FROM change_requests`;

const rowOf = (row: SqlRow): ChangeRequestRow => ({
  environmentId: textOf(row, 'environment_id'),
  number: numberOf(row, 'number'),
  isOpen: numberOf(row, 'is_open') === 1,
  applyAtMs: row['apply_at_ms'] === null ? undefined : numberOf(row, 'apply_at_ms'),
  idempotencyKey: textOf(row, 'idempotency_key'),
  requestHash: textOf(row, 'request_hash'),
  body: textOf(row, 'body'),
});

/** Inserts or replaces. Inside the caller's transaction, after `lockHead`. */
export const writeChangeRequest = (session: SqlSession, row: ChangeRequestRow): Promise<void> =>
  insertRows(session, {
    table: 'change_requests',
    columns,
    rows: [
      [
        ...[row.environmentId, row.number, row.isOpen ? 1 : 0, row.applyAtMs ?? null],
        ...[row.idempotencyKey, row.requestHash, row.body],
      ],
    ],
    suffix: `ON CONFLICT (environment_id, number) DO UPDATE SET
      is_open = excluded.is_open, apply_at_ms = excluded.apply_at_ms, body = excluded.body`,
  });

export async function readChangeRequest(
  session: SqlSession,
  environmentId: string,
  number: number,
): Promise<ChangeRequestRow | undefined> {
  const [row] = await session.query(`${selected} WHERE environment_id = $1 AND number = $2`, [
    environmentId,
    number,
  ]);
  return row && rowOf(row);
}

/** The request that was made with this key. */
export async function findProposal(
  session: SqlSession,
  environmentId: string,
  idempotencyKey: string,
): Promise<ChangeRequestRow | undefined> {
  const [row] = await session.query(`${selected} WHERE environment_id = $1 AND idempotency_key = $2`, [
    environmentId,
    idempotencyKey,
  ]);
  return row && rowOf(row);
}

/** The last number given, and how many requests are open. */
export async function countChangeRequests(
  session: SqlSession,
  environmentId: string,
): Promise<{ readonly last: number; readonly open: number }> {
  const [row] = await session.query(
    `SELECT COALESCE(MAX(number), 0) AS last, COALESCE(SUM(is_open), 0) AS open FROM change_requests
     WHERE environment_id = $1`,
    [environmentId],
  );
  return { last: Number(row?.['last'] ?? 0), open: Number(row?.['open'] ?? 0) };
}

/** Requests below a number, newest first. */
export async function readChangeRequests(
  session: SqlSession,
  environmentId: string,
  { below, limit, openOnly }: { readonly below: number; readonly limit: number; readonly openOnly: boolean },
): Promise<readonly ChangeRequestRow[]> {
  const rows = await session.query(
    `${selected} WHERE environment_id = $1 AND number < $2 ${openOnly ? 'AND is_open = 1' : ''}
     ORDER BY number DESC LIMIT $3`,
    [environmentId, below, limit],
  );
  return rows.map(rowOf);
}

const duePerReadMax = 50;

/** Those whose time has come, the longest due first. */
export async function readDueRequests(
  session: SqlSession,
  nowMs: number,
): Promise<readonly ChangeRequestRow[]> {
  const rows = await session.query(
    `${selected} WHERE is_open = 1 AND apply_at_ms IS NOT NULL AND apply_at_ms <= $1
     ORDER BY apply_at_ms, environment_id, number LIMIT ${duePerReadMax}`,
    [nowMs],
  );
  return rows.map(rowOf);
}
