// Restores a backup: the file is verified before the database is touched, then everything is replaced in one
// transaction, and verified again before it is committed. Every environment starts a new history: clients that have
// seen revisions which the backup does not know fetch a snapshot.
import { newId } from '../domain/access/secrets.ts';
import { createEnvironmentState } from '../domain/environment/environment-state.ts';
import type { RandomBytes } from '../domain/ports.ts';
import { appendAudit, findBrokenAudit } from '../store/audit-store.ts';
import { backupTables, transientTables } from '../store/backup-tables.ts';
import { readEnvironment, readHeads } from '../store/environment-store.ts';
import { applyMigrations } from '../store/migrations.ts';
import { mainMigrations } from '../store/migrations/main.ts';
import { insertRows, numberOf } from '../store/rows.ts';
import type { SqlDriver, SqlTransaction, SqlValue } from '../store/sql-driver.ts';
import { BackupError, readBackup, verifyBackup, type BackupHeader } from './backup-file.ts';

const rowsPerInsert = 200;

export interface RestoreOutcome {
  readonly environments: number;
  readonly rows: number;
  readonly createdAt: string;
}

/** The database has something to lose, and nobody said that it may go. */
export class NotEmptyError extends Error {
  constructor() {
    super(
      '[DATABASE_NOT_EMPTY] The database holds an installation. Give --replace to delete it for the backup.',
    );
    this.name = 'NotEmptyError';
  }
}

export interface RestoreOptions {
  readonly path: string;
  readonly nowMs: number;
  readonly randomBytes: RandomBytes;
  /** Whether an installation that is there may be deleted. */
  readonly replace: boolean;
}

/**
 * Replaces the main database by the backup.
 *
 * @throws {NotEmptyError} without `replace`; nothing is changed then
 * @throws {BackupError} when the file is not whole or does not hold what it says; nothing is changed then
 * @throws {StoreError}
 */
export async function restore(
  driver: SqlDriver,
  { path, nowMs, randomBytes, replace }: RestoreOptions,
): Promise<RestoreOutcome> {
  const header = await verifyBackup(path);
  checkVersion(header);
  return driver.transaction(async (transaction) => {
    const versionBefore = await dropTables(transaction, replace);
    const migrations = (from: number, to: number) =>
      mainMigrations.filter(({ version }) => version > from && version <= to);
    await applyMigrations(transaction, driver.dialect, 'main', migrations(0, header.schemaVersion));
    const rows = await insertAll(transaction, header, path);
    await applyMigrations(
      transaction,
      driver.dialect,
      'main',
      migrations(header.schemaVersion, Number.MAX_SAFE_INTEGER),
    );
    const environments = await verifyContent(transaction);
    await startHistories(transaction, versionBefore, randomBytes);
    const entry = {
      atMs: nowMs,
      actorKeyId: '',
      actorPrincipalId: '',
      action: 'installation.restore',
      target: '',
    };
    await appendAudit(transaction, { ...entry, details: { createdAt: header.createdAt } });
    await transaction.wake('');
    return { environments, rows, createdAt: header.createdAt };
  });
}

function checkVersion({ schemaVersion, tables }: BackupHeader): void {
  const newest = mainMigrations.at(-1)?.version ?? 0;
  if (schemaVersion > newest)
    throw new BackupError(
      `The backup was made by a newer version (tables ${schemaVersion}, here ${newest}).`,
    );
  const missing = backupTables.find(
    ({ name, since }) => since <= schemaVersion && tables[name] === undefined,
  );
  if (missing !== undefined) throw new BackupError(`The backup has no table ${missing.name}.`);
}

/** Answers the version of access before, 0 for an empty database. */
async function dropTables(transaction: SqlTransaction, replace: boolean): Promise<number> {
  await applyMigrationsTable(transaction);
  const [known] = await transaction.query(`SELECT COUNT(*) AS n FROM schema_migrations WHERE part = 'main'`);
  if (known === undefined || numberOf(known, 'n') === 0) return 0;
  if (!replace) await refuseFilled(transaction);
  const [row] = await transaction.query('SELECT access_version FROM installation WHERE id = 1');
  for (const name of [...transientTables, ...backupTables.map((table) => table.name).reverse()]) {
    await transaction.query(`DROP TABLE IF EXISTS ${name}`);
  }
  await transaction.query(`DELETE FROM schema_migrations WHERE part = 'main'`);
  return row === undefined ? 0 : numberOf(row, 'access_version');
}

async function refuseFilled(transaction: SqlTransaction): Promise<void> {
  // The first start makes the first of them.
  const principals = await transaction.query('SELECT id FROM principals LIMIT 1');
  if (principals.length > 0) throw new NotEmptyError();
}

const applyMigrationsTable = (transaction: SqlTransaction): Promise<void> =>
  // With no steps this only makes the table of steps.
  applyMigrations(transaction, 'sqlite', 'main', []);

async function insertAll(transaction: SqlTransaction, header: BackupHeader, path: string): Promise<number> {
  // The step that makes it puts a first row in.
  await transaction.query('DELETE FROM installation');
  let count = 0;
  let pending: { readonly table: string; readonly rows: (readonly SqlValue[])[] } | undefined;
  const flush = async (): Promise<void> => {
    if (pending === undefined) return;
    const columns = header.tables[pending.table];
    if (columns === undefined || !backupTables.some(({ name }) => name === pending?.table)) {
      throw new BackupError('The backup holds rows of a table it does not name.');
    }
    await insertRows(transaction, { table: pending.table, columns, rows: pending.rows });
    pending = undefined;
  };
  for await (const { table, values } of readBackup(path)) {
    if (pending !== undefined && (pending.table !== table || pending.rows.length >= rowsPerInsert))
      await flush();
    pending ??= { table, rows: [] };
    pending.rows.push(values);
    count += 1;
  }
  await flush();
  return count;
}

/** The documents must have the hashes of their environments, and the audit log must be whole. */
async function verifyContent(transaction: SqlTransaction): Promise<number> {
  const heads = await readHeads(transaction);
  for (const head of heads) {
    const loaded = await readEnvironment(transaction, head.environmentId);
    if (loaded === undefined) continue;
    const state = createEnvironmentState(loaded);
    if (state.server.hash !== head.serverHash || state.client.hash !== head.clientHash) {
      throw new BackupError(`The documents of environment ${head.environmentId} do not have its hash.`);
    }
  }
  const broken = await findBrokenAudit(transaction);
  if (broken !== undefined) throw new BackupError(`The audit log is broken at entry ${broken}.`);
  return heads.length;
}

async function startHistories(
  transaction: SqlTransaction,
  versionBefore: number,
  randomBytes: RandomBytes,
): Promise<void> {
  for (const { environmentId } of await readHeads(transaction)) {
    await transaction.query('UPDATE environments SET history_id = $2 WHERE id = $1', [
      environmentId,
      newId(randomBytes),
    ]);
  }
  // Higher than any core has seen: they read access again.
  await transaction.query(
    `UPDATE installation SET access_version = 1 + CASE WHEN access_version > $1 THEN access_version ELSE $1 END`,
    [versionBefore],
  );
}
