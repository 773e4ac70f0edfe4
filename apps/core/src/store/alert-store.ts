// What alerts stand on beside their documents: counts by minute, silences, acknowledgements, deliveries. Not part of the
// state: no revision moves. Never holds an address or a secret of a channel.
import { insertRows, numberOf, textOf } from './rows.ts';
import type { SqlSession } from './sql-driver.ts';

/** What was counted of a subject in one minute (Unix minutes). */
export interface AlertCountRow {
  readonly environmentId: string;
  readonly subject: string;
  readonly minute: number;
  readonly label: string;
  readonly amount: number;
}

const orderOf = ({ environmentId, subject, minute, label }: AlertCountRow): string =>
  JSON.stringify([environmentId, subject, minute, label]);

/** Adds to what is there. */
export const addAlertCounts = (session: SqlSession, rows: readonly AlertCountRow[]): Promise<void> =>
  insertRows(session, {
    table: 'alert_counts',
    columns: ['environment_id', 'subject', 'minute', 'label', 'amount'],
    // Rows of several cores are locked in one order.
    rows: rows
      .toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
      .map(({ environmentId, subject, minute, label, amount }) => [
        environmentId,
        subject,
        minute,
        label,
        amount,
      ]),
    suffix: `ON CONFLICT (environment_id, subject, minute, label)
      DO UPDATE SET amount = alert_counts.amount + excluded.amount`,
  });

/** The counts of an environment from one minute on. */
export async function readAlertCounts(
  session: SqlSession,
  environmentId: string,
  fromMinute: number,
): Promise<readonly AlertCountRow[]> {
  const rows = await session.query(
    'SELECT subject, minute, label, amount FROM alert_counts WHERE environment_id = $1 AND minute >= $2',
    [environmentId, fromMinute],
  );
  return rows.map((row) => ({
    environmentId,
    subject: textOf(row, 'subject'),
    minute: numberOf(row, 'minute'),
    label: textOf(row, 'label'),
    amount: numberOf(row, 'amount'),
  }));
}

export interface SilenceRow {
  readonly environmentId: string;
  readonly id: string;
  /** Empty: all alerts. */
  readonly key: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly author: string;
  readonly reason: string;
}

export const writeSilence = (session: SqlSession, row: SilenceRow): Promise<void> =>
  insertRows(session, {
    table: 'alert_silences',
    columns: ['environment_id', 'id', 'alert_key', 'from_ms', 'until_ms', 'author', 'reason'],
    rows: [[row.environmentId, row.id, row.key, row.fromMs, row.untilMs, row.author, row.reason]],
  });

/** Those of an environment that hold, the longest first. */
export async function readSilences(
  session: SqlSession,
  environmentId: string,
  nowMs: number,
): Promise<readonly SilenceRow[]> {
  const rows = await session.query(
    `SELECT id, alert_key, from_ms, until_ms, author, reason FROM alert_silences
     WHERE environment_id = $1 AND until_ms > $2 ORDER BY until_ms DESC, id`,
    [environmentId, nowMs],
  );
  return rows.map((row) => ({
    environmentId,
    id: textOf(row, 'id'),
    key: textOf(row, 'alert_key'),
    fromMs: numberOf(row, 'from_ms'),
    untilMs: numberOf(row, 'until_ms'),
    author: textOf(row, 'author'),
    reason: textOf(row, 'reason'),
  }));
}

/** False: there is no such silence any more. */
export async function endSilence(
  session: SqlSession,
  environmentId: string,
  id: string,
  nowMs: number,
): Promise<boolean> {
  const rows = await session.query(
    'UPDATE alert_silences SET until_ms = $3 WHERE environment_id = $1 AND id = $2 AND until_ms > $3 RETURNING id',
    [environmentId, id, nowMs],
  );
  return rows.length > 0;
}

export interface AcknowledgementRow {
  readonly environmentId: string;
  readonly incidentId: string;
  readonly author: string;
  readonly atMs: number;
}

/** The first one counts. */
export const writeAcknowledgement = (session: SqlSession, row: AcknowledgementRow): Promise<void> =>
  insertRows(session, {
    table: 'alert_acknowledgements',
    columns: ['environment_id', 'incident_id', 'author', 'at_ms'],
    rows: [[row.environmentId, row.incidentId, row.author, row.atMs]],
    suffix: 'ON CONFLICT (environment_id, incident_id) DO NOTHING',
  });

export async function readAcknowledgements(
  session: SqlSession,
  environmentId: string,
): Promise<readonly AcknowledgementRow[]> {
  const rows = await session.query(
    'SELECT incident_id, author, at_ms FROM alert_acknowledgements WHERE environment_id = $1',
    [environmentId],
  );
  return rows.map((row) => ({
    environmentId,
    incidentId: textOf(row, 'incident_id'),
    author: textOf(row, 'author'),
    atMs: numberOf(row, 'at_ms'),
  }));
}

/** A notice on its way to one channel. */
export interface DeliveryRow {
  readonly environmentId: string;
  readonly id: string;
  readonly channel: string;
  readonly key: string;
  readonly event: string;
  /** JSON: what is told. */
  readonly message: string;
  readonly state: 'waiting' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly dueMs: number;
  readonly problem: string;
  readonly createdAtMs: number;
}

/** Each notice once for each channel, however often it is written. */
export const writeDeliveries = (session: SqlSession, rows: readonly DeliveryRow[]): Promise<void> =>
  insertRows(session, {
    table: 'alert_deliveries',
    columns: [
      ...['environment_id', 'id', 'channel', 'alert_key', 'event', 'message', 'state', 'attempts', 'due_ms'],
      ...['problem', 'created_at_ms'],
    ],
    rows: rows.map((row) => [
      ...[row.environmentId, row.id, row.channel, row.key, row.event, row.message, row.state, row.attempts],
      ...[row.dueMs, row.problem, row.createdAtMs],
    ]),
    suffix: 'ON CONFLICT (environment_id, id, channel) DO NOTHING',
  });

const deliveryColumns =
  'environment_id, id, channel, alert_key, event, message, state, attempts, due_ms, problem, created_at_ms';

const deliveryOf = (row: Parameters<typeof textOf>[0]): DeliveryRow => ({
  environmentId: textOf(row, 'environment_id'),
  id: textOf(row, 'id'),
  channel: textOf(row, 'channel'),
  key: textOf(row, 'alert_key'),
  event: textOf(row, 'event'),
  message: textOf(row, 'message'),
  state: textOf(row, 'state') as DeliveryRow['state'],
  attempts: numberOf(row, 'attempts'),
  dueMs: numberOf(row, 'due_ms'),
  problem: textOf(row, 'problem'),
  createdAtMs: numberOf(row, 'created_at_ms'),
});

/** Some of what is to be sent now, the longest due first. */
export async function readDueDeliveries(
  session: SqlSession,
  nowMs: number,
  countMax: number,
): Promise<readonly DeliveryRow[]> {
  const rows = await session.query(
    `SELECT ${deliveryColumns} FROM alert_deliveries WHERE state = 'waiting' AND due_ms <= $1 ORDER BY due_ms, id LIMIT $2`,
    [nowMs, countMax],
  );
  return rows.map(deliveryOf);
}

/** The latest ones of one alert, newest first. */
export async function readDeliveries(
  session: SqlSession,
  environmentId: string,
  key: string,
  countMax: number,
): Promise<readonly DeliveryRow[]> {
  const rows = await session.query(
    `SELECT ${deliveryColumns} FROM alert_deliveries WHERE environment_id = $1 AND alert_key = $2
     ORDER BY created_at_ms DESC, id DESC, channel LIMIT $3`,
    [environmentId, key, countMax],
  );
  return rows.map(deliveryOf);
}

/** What became of an attempt. */
export async function noteAttempt(
  session: SqlSession,
  { environmentId, id, channel, state, attempts, dueMs, problem }: DeliveryRow,
): Promise<void> {
  await session.query(
    `UPDATE alert_deliveries SET state = $4, attempts = $5, due_ms = $6, problem = $7
     WHERE environment_id = $1 AND id = $2 AND channel = $3 AND state = 'waiting'`,
    [environmentId, id, channel, state, attempts, dueMs, problem],
  );
}

/** Forgets counts, silences, acknowledgements and deliveries that are over since the given times. */
export async function trimAlerts(
  session: SqlSession,
  { beforeMinute, beforeMs }: { readonly beforeMinute: number; readonly beforeMs: number },
): Promise<void> {
  await session.query('DELETE FROM alert_counts WHERE minute < $1', [beforeMinute]);
  await session.query('DELETE FROM alert_silences WHERE until_ms < $1', [beforeMs]);
  await session.query('DELETE FROM alert_acknowledgements WHERE at_ms < $1', [beforeMs]);
  await session.query(`DELETE FROM alert_deliveries WHERE state <> 'waiting' AND created_at_ms < $1`, [
    beforeMs,
  ]);
}
