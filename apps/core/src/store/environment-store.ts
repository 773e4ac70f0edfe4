// Reads environments: their heads, their live documents, and the log of revisions that replicas follow.
import { readChunks } from './list-store.ts';
import { groupRows, insertRows, numberOf, optionalNumberOf, optionalTextOf, textOf } from './rows.ts';
import type { SqlDriver, SqlRow, SqlSession } from './sql-driver.ts';

/** Where an environment stands. */
export interface Head {
  readonly environmentId: string;
  readonly historyId: string;
  readonly revision: number;
  readonly serverHash: string;
  readonly clientHash: string;
}

/** A live document. */
export interface DocumentRow {
  readonly kind: string;
  readonly key: string;
  readonly revision: number;
  /** Canonical JSON. */
  readonly json: string;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
}

/** What one revision did to one document. */
export interface LogChange {
  readonly kind: string;
  readonly key: string;
  /** Canonical JSON; undefined: removed. */
  readonly json: string | undefined;
  readonly createdAtMs: number;
}

/** One revision, as replicas apply it. */
export interface LogEntry {
  readonly historyId: string;
  readonly revision: number;
  readonly committedAtMs: number;
  readonly changes: readonly LogChange[];
}

export interface LoadedEnvironment {
  readonly head: Head;
  readonly documents: readonly DocumentRow[];
  /** The chunks that its lists name, by name. */
  readonly chunks?: ReadonlyMap<string, Uint8Array>;
}

const headColumns = 'id, history_id, revision, server_hash, client_hash';

export const headOf = (row: SqlRow): Head => ({
  environmentId: textOf(row, 'id'),
  historyId: textOf(row, 'history_id'),
  revision: numberOf(row, 'revision'),
  serverHash: textOf(row, 'server_hash'),
  clientHash: textOf(row, 'client_hash'),
});

/** The heads of all environments, or of one. */
export async function readHeads(session: SqlSession, environmentId?: string): Promise<readonly Head[]> {
  const text = `SELECT ${headColumns} FROM environments`;
  const rows = await (environmentId === undefined
    ? session.query(text)
    : session.query(`${text} WHERE id = $1`, [environmentId]));
  return rows.map(headOf);
}

/** The head, with its row locked until the transaction ends: commits of one environment stand in line here. */
export async function lockHead(
  session: SqlSession,
  dialect: SqlDriver['dialect'],
  environmentId: string,
): Promise<Head | undefined> {
  // SQLite needs no lock: a writing transaction has the database for itself.
  const suffix = dialect === 'postgres' ? 'FOR UPDATE' : '';
  const rows = await session.query(`SELECT ${headColumns} FROM environments WHERE id = $1 ${suffix}`, [
    environmentId,
  ]);
  return rows[0] === undefined ? undefined : headOf(rows[0]);
}

/** Head and documents, as of one moment. */
export const loadEnvironment = (
  driver: SqlDriver,
  environmentId: string,
): Promise<LoadedEnvironment | undefined> =>
  driver.transaction((session) => readEnvironment(session, environmentId), { readOnly: true });

/** The same inside a transaction of the caller. */
export async function readEnvironment(
  session: SqlSession,
  environmentId: string,
): Promise<LoadedEnvironment | undefined> {
  const [head] = await readHeads(session, environmentId);
  if (head === undefined) return undefined;
  const rows = await session.query(
    'SELECT kind, key, revision, json, created_at_ms, changed_at_ms FROM documents WHERE environment_id = $1',
    [environmentId],
  );
  const documents = rows.map(documentOf);
  return { head, documents, chunks: await readChunks(session, environmentId, chunkNames(documents)) };
}

function chunkNames(documents: readonly DocumentRow[]): readonly string[] {
  const lists = documents.filter(({ kind }) => kind === 'list');
  const named = lists.flatMap(({ json }) => (JSON.parse(json) as { readonly chunks: string[] }).chunks);
  return [...new Set(named)].filter((name) => name !== '');
}

const documentOf = (row: SqlRow): DocumentRow => ({
  kind: textOf(row, 'kind'),
  key: textOf(row, 'key'),
  revision: numberOf(row, 'revision'),
  json: textOf(row, 'json'),
  createdAtMs: numberOf(row, 'created_at_ms'),
  changedAtMs: numberOf(row, 'changed_at_ms'),
});

/** Revisions after one, oldest first. */
export async function readLog(
  session: SqlSession,
  head: Pick<Head, 'environmentId' | 'historyId'>,
  afterRevision: number,
  limit: number,
): Promise<readonly LogEntry[]> {
  const revisions = await session.query(
    'SELECT revision, committed_at_ms FROM revisions WHERE environment_id = $1 AND revision > $2 ORDER BY revision LIMIT $3',
    [head.environmentId, afterRevision, limit],
  );
  const last = revisions.at(-1);
  if (last === undefined) return [];
  const rows = await session.query(
    `SELECT revision, kind, key, after_json, before_created_at_ms FROM changes
     WHERE environment_id = $1 AND revision > $2 AND revision <= $3`,
    [head.environmentId, afterRevision, numberOf(last, 'revision')],
  );
  const changes = groupRows(rows, 'revision');
  return revisions.map((row) => {
    const revision = numberOf(row, 'revision');
    const committedAtMs = numberOf(row, 'committed_at_ms');
    const changed = (changes.get(revision) ?? []).map((change) => logChangeOf(change, committedAtMs));
    return { historyId: head.historyId, revision, committedAtMs, changes: changed };
  });
}

const logChangeOf = (row: SqlRow, committedAtMs: number): LogChange => ({
  kind: textOf(row, 'kind'),
  key: textOf(row, 'key'),
  json: optionalTextOf(row, 'after_json'),
  createdAtMs: optionalNumberOf(row, 'before_created_at_ms') ?? committedAtMs,
});

/** An environment as it is made. */
export interface NewEnvironmentRow {
  readonly id: string;
  readonly projectKey: string;
  readonly key: string;
  readonly name: string;
  readonly allowedOrigins: readonly string[];
  readonly createdAtMs: number;
  readonly historyId: string;
  readonly emptyHash: string;
}

export const insertEnvironment = (session: SqlSession, row: NewEnvironmentRow): Promise<void> =>
  insertRows(session, {
    table: 'environments',
    columns: [
      'id',
      'project_key',
      'key',
      'name',
      'allowed_origins',
      'created_at_ms',
      'history_id',
      'revision',
      'server_hash',
      'client_hash',
    ],
    rows: [
      [
        row.id,
        row.projectKey,
        row.key,
        row.name,
        JSON.stringify(row.allowedOrigins),
        row.createdAtMs,
        row.historyId,
        0,
        row.emptyHash,
        row.emptyHash,
      ],
    ],
  });
