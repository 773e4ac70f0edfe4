// SQLite as a SqlDriver: one writer, transactions one after the other, several of them in one commit to disk when they
// queue up (group commit). Nothing is acknowledged before its COMMIT is on the disk.
import { openSqliteChannel, type SqliteChannel } from './channel.ts';
import type { SqlDriver, SqlTransaction, SqlValue, TransactionOptions } from '../sql-driver.ts';

/** Transactions that share one commit to disk. */
const groupSizeMax = 64;
/** How long another process's write lock is waited for. */
const busyTimeoutMs = 900;
const statementsMax = 200;

interface Job {
  run(transaction: SqlTransaction): Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}
type Outcome = () => void;

/** Opens (and makes) the database file. ":memory:" is not supported: two connections share the file. */
export function createSqliteDriver(path: string): SqlDriver {
  const channel = openSqliteChannel({ path, busyTimeoutMs, statementsMax });
  const listeners = new Set<(topic: string) => void>();
  const wake = (topic: string): void => listeners.forEach((listener) => listener(topic));
  const writer = createWriter(channel, wake);
  const readSnapshot = createSnapshotReader(channel);
  return {
    dialect: 'sqlite',
    query: (text, values = []) => channel.request('read', text, values),
    transaction: <T>(work: (transaction: SqlTransaction) => Promise<T>, options: TransactionOptions = {}) =>
      options.readOnly === true ? readSnapshot(work) : (writer.submit(work) as Promise<T>),
    onWake(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      await writer.idle();
      await channel.close();
    },
  };
}

type ReadSnapshot = <T>(work: (transaction: SqlTransaction) => Promise<T>) => Promise<T>;

/** One read transaction at a time on the reading connection; other reads meanwhile see the same snapshot. */
function createSnapshotReader(channel: SqliteChannel): ReadSnapshot {
  let last: Promise<unknown> = Promise.resolve();
  const query = (text: string, values: readonly SqlValue[] = []) => channel.request('read', text, values);
  return (work) => {
    const run = async () => {
      await query('BEGIN DEFERRED');
      try {
        return await work({ query, wake: async () => undefined });
      } finally {
        await query('COMMIT');
      }
    };
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };
}

interface Writer {
  submit(work: (transaction: SqlTransaction) => Promise<unknown>): Promise<unknown>;
  idle(): Promise<void>;
}

function createWriter(channel: SqliteChannel, wake: (topic: string) => void): Writer {
  const pending: Job[] = [];
  let draining: Promise<void> | undefined;
  const drain = async (): Promise<void> => {
    while (pending.length > 0) await commitGroup(channel, pending, wake);
    draining = undefined;
  };
  return {
    submit: (run) =>
      new Promise((resolve, reject) => {
        pending.push({ run, resolve, reject });
        draining ??= drain();
      }),
    idle: async () => draining,
  };
}

/** Runs queued jobs, each in a savepoint, and commits them together; failures are told after the commit as well. */
async function commitGroup(
  channel: SqliteChannel,
  pending: Job[],
  wake: (topic: string) => void,
): Promise<void> {
  const query = (text: string, values: readonly SqlValue[] = []) => channel.request('write', text, values);
  const topics = new Set<string>();
  const transaction: SqlTransaction = {
    query,
    wake: async (topic) => {
      topics.add(topic);
    },
  };
  const jobs: Job[] = [];
  const outcomes: Outcome[] = [];
  try {
    await query('BEGIN IMMEDIATE');
    do {
      const job = pending.shift() as Job;
      jobs.push(job);
      outcomes.push(await runJob(transaction, job));
    } while (pending.length > 0 && jobs.length < groupSizeMax);
    await query('COMMIT');
  } catch (error) {
    await query('ROLLBACK').catch(() => undefined);
    // Nobody's work has begun: all that wait would fail the same way, each after its own time-out.
    if (jobs.length === 0) jobs.push(...pending.splice(0));
    for (const job of jobs) job.reject(error);
    return;
  }
  outcomes.forEach((settle) => settle());
  topics.forEach(wake);
}

/**
 * Runs one job in a savepoint; answers how to settle it once the group is committed.
 *
 * @throws when the transaction as a whole is lost (SQLite rolls back by itself when the disk is full).
 */
async function runJob(transaction: SqlTransaction, job: Job): Promise<Outcome> {
  await transaction.query('SAVEPOINT job');
  try {
    const value = await job.run(transaction);
    await transaction.query('RELEASE job');
    return () => job.resolve(value);
  } catch (error) {
    await rollbackJob(transaction, error);
    return () => job.reject(error);
  }
}

async function rollbackJob(transaction: SqlTransaction, reason: unknown): Promise<void> {
  try {
    await transaction.query('ROLLBACK TO job');
    await transaction.query('RELEASE job');
  } catch {
    throw reason;
  }
}
