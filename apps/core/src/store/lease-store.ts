// Leases by the database's clock: who may publish, who may run controllers. Every new holder gets a higher epoch; a
// fenced write names holder and epoch in its own transaction, so whoever lost the lease writes nothing.
import { numberOf, textOf } from './rows.ts';
import type { SqlDriver, SqlSession } from './sql-driver.ts';
import { StoreError } from './store-error.ts';

/** The right to do something alone. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly epoch: number;
}

/** Unix milliseconds by the database, the only clock that all cores share. */
export type DatabaseClock = (session: SqlSession) => Promise<number>;

export const databaseClockOf = ({ dialect }: SqlDriver): DatabaseClock => {
  const text =
    dialect === 'postgres'
      ? 'SELECT (extract(epoch from clock_timestamp()) * 1000)::bigint AS now_ms'
      : `SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now_ms`;
  return async (session) => {
    const [row] = await session.query(text);
    return row === undefined ? 0 : numberOf(row, 'now_ms');
  };
};

export interface LeaseRequest {
  readonly name: string;
  readonly holder: string;
  readonly lifetimeMs: number;
}

/** Takes the lease when it is free, or prolongs it; undefined while somebody else holds it. */
export function takeLease(
  driver: SqlDriver,
  clock: DatabaseClock,
  request: LeaseRequest,
): Promise<Lease | undefined> {
  const { name, holder, lifetimeMs } = request;
  return driver.transaction(async (session) => {
    await session.query(
      `INSERT INTO leases (name, holder, epoch, expires_at_ms) VALUES ($1, '', 0, 0) ON CONFLICT (name) DO NOTHING`,
      [name],
    );
    const row = await lockLease(session, driver.dialect, name);
    const nowMs = await clock(session);
    const isMine = row.holder === holder && nowMs < row.expiresAtMs;
    if (!isMine && nowMs < row.expiresAtMs) return undefined;
    const epoch = isMine ? row.epoch : row.epoch + 1;
    await session.query('UPDATE leases SET holder = $2, epoch = $3, expires_at_ms = $4 WHERE name = $1', [
      name,
      holder,
      epoch,
      nowMs + lifetimeMs,
    ]);
    return { name, holder, epoch };
  });
}

/** Gives the lease back, so that another core need not wait for its end. */
export const releaseLease = (driver: SqlDriver, lease: Lease): Promise<unknown> =>
  driver.transaction((session) =>
    session.query('UPDATE leases SET expires_at_ms = 0 WHERE name = $1 AND holder = $2 AND epoch = $3', [
      lease.name,
      lease.holder,
      lease.epoch,
    ]),
  );

/**
 * Fences the transaction: it commits only if the lease is still held; nobody can take it meanwhile.
 *
 * @throws {StoreError} LEASE_LOST
 */
export async function assertLease(
  session: SqlSession,
  dialect: SqlDriver['dialect'],
  clock: DatabaseClock,
  lease: Lease,
): Promise<void> {
  const row = await lockLease(session, dialect, lease.name);
  const nowMs = await clock(session);
  if (row.holder === lease.holder && row.epoch === lease.epoch && nowMs < row.expiresAtMs) return;
  throw new StoreError('LEASE_LOST', `the lease "${lease.name}" of epoch ${lease.epoch} is no longer held`);
}

async function lockLease(
  session: SqlSession,
  dialect: SqlDriver['dialect'],
  name: string,
): Promise<{ readonly holder: string; readonly epoch: number; readonly expiresAtMs: number }> {
  const suffix = dialect === 'postgres' ? 'FOR UPDATE' : '';
  const [row] = await session.query(
    `SELECT holder, epoch, expires_at_ms FROM leases WHERE name = $1 ${suffix}`,
    [name],
  );
  if (row === undefined) throw new StoreError('LEASE_LOST', `there is no lease "${name}"`);
  return {
    holder: textOf(row, 'holder'),
    epoch: numberOf(row, 'epoch'),
    expiresAtMs: numberOf(row, 'expires_at_ms'),
  };
}
