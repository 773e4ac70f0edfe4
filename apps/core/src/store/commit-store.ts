// Writes one commit inside the caller's transaction, after `lockHead`. Everything or nothing: the caller's transaction.
import { insertRows, numberOf, textOf } from './rows.ts';
import type { SqlSession, SqlValue } from './sql-driver.ts';

/** One document's way through a commit. */
export interface CommitChange {
  readonly kind: string;
  readonly key: string;
  readonly before:
    { readonly json: string; readonly revision: number; readonly createdAtMs: number } | undefined;
  readonly afterJson: string | undefined;
  readonly flagType: string | undefined;
}

/** Everything a commit writes. */
export interface CommitRecord {
  readonly environmentId: string;
  readonly historyId: string;
  readonly revision: number;
  readonly committedAtMs: number;
  readonly principalId: string;
  readonly principalName: string;
  readonly author: string;
  readonly reason: string;
  readonly idempotencyKey: string;
  readonly changes: readonly CommitChange[];
  readonly serverHash: string;
  readonly clientHash: string;
  readonly serverDelta: Uint8Array;
  readonly clientDelta: Uint8Array;
}

/** Deltas kept for clients that reconnect and for the push channel; older ones are removed as new ones come. */
export const deltasKeptMax = 1_000;

export async function writeCommit(session: SqlSession, record: CommitRecord): Promise<void> {
  const { environmentId, revision } = record;
  await insertRows(session, {
    table: 'revisions',
    columns: [
      'environment_id',
      'revision',
      'committed_at_ms',
      'principal_id',
      'principal_name',
      'author',
      'reason',
      'idempotency_key',
    ],
    rows: [
      [
        environmentId,
        revision,
        record.committedAtMs,
        record.principalId,
        record.principalName,
        record.author,
        record.reason,
        record.idempotencyKey,
      ],
    ],
  });
  await insertRows(session, {
    table: 'changes',
    columns: [
      'environment_id',
      'revision',
      'kind',
      'key',
      'before_json',
      'before_revision',
      'before_created_at_ms',
      'after_json',
    ],
    rows: record.changes.map((change) => changeRow(record, change)),
  });
  await writeDocuments(session, record);
  await insertRows(session, {
    table: 'deltas',
    columns: ['environment_id', 'history_id', 'revision', 'server_delta', 'client_delta'],
    rows: [[environmentId, record.historyId, revision, record.serverDelta, record.clientDelta]],
  });
  await session.query('DELETE FROM deltas WHERE environment_id = $1 AND history_id = $2 AND revision <= $3', [
    environmentId,
    record.historyId,
    revision - deltasKeptMax,
  ]);
  await session.query(
    'UPDATE environments SET revision = $2, server_hash = $3, client_hash = $4 WHERE id = $1',
    [environmentId, revision, record.serverHash, record.clientHash],
  );
}

const changeRow = (record: CommitRecord, change: CommitChange): readonly SqlValue[] => [
  record.environmentId,
  record.revision,
  change.kind,
  change.key,
  change.before?.json ?? null,
  change.before?.revision ?? 0,
  change.before?.createdAtMs ?? null,
  change.afterJson ?? null,
];

async function writeDocuments(session: SqlSession, record: CommitRecord): Promise<void> {
  const { environmentId, revision, committedAtMs } = record;
  const upserts = record.changes.filter((change) => change.afterJson !== undefined);
  await insertRows(session, {
    table: 'documents',
    columns: [
      'environment_id',
      'kind',
      'key',
      'revision',
      'json',
      'flag_type',
      'created_at_ms',
      'changed_at_ms',
    ],
    rows: upserts.map((change) => [
      environmentId,
      change.kind,
      change.key,
      revision,
      change.afterJson ?? null,
      change.flagType ?? null,
      change.before?.createdAtMs ?? committedAtMs,
      committedAtMs,
    ]),
    suffix: `ON CONFLICT (environment_id, kind, key) DO UPDATE SET
      revision = excluded.revision, json = excluded.json, flag_type = excluded.flag_type,
      created_at_ms = excluded.created_at_ms, changed_at_ms = excluded.changed_at_ms`,
  });
  for (const change of record.changes) {
    if (change.afterJson !== undefined) continue;
    await session.query('DELETE FROM documents WHERE environment_id = $1 AND kind = $2 AND key = $3', [
      environmentId,
      change.kind,
      change.key,
    ]);
  }
}

/** What a request with an idempotency key led to. */
export interface IdempotentOutcome {
  readonly requestHash: string;
  readonly revision: number;
  readonly unchanged: boolean;
}

export async function findIdempotent(
  session: SqlSession,
  environmentId: string,
  key: string,
): Promise<IdempotentOutcome | undefined> {
  const [row] = await session.query(
    'SELECT request_hash, revision, unchanged FROM idempotency WHERE environment_id = $1 AND key = $2',
    [environmentId, key],
  );
  if (row === undefined) return undefined;
  return {
    requestHash: textOf(row, 'request_hash'),
    revision: numberOf(row, 'revision'),
    unchanged: numberOf(row, 'unchanged') === 1,
  };
}

export const writeIdempotent = (
  session: SqlSession,
  environmentId: string,
  key: string,
  outcome: IdempotentOutcome,
): Promise<void> =>
  insertRows(session, {
    table: 'idempotency',
    columns: ['environment_id', 'key', 'request_hash', 'revision', 'unchanged'],
    rows: [[environmentId, key, outcome.requestHash, outcome.revision, outcome.unchanged ? 1 : 0]],
  });

/** Flags of other environments of the project whose type is not the given one, by key. */
export async function findOtherFlagTypes(
  session: SqlSession,
  environmentId: string,
  types: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, { readonly type: string; readonly environmentKey: string }>> {
  const found = new Map<string, { type: string; environmentKey: string }>();
  const keys = [...types.keys()];
  for (let start = 0; start < keys.length; start += 500) {
    const part = keys.slice(start, start + 500);
    const rows = await session.query(
      `SELECT d.key, d.flag_type, e.key AS environment_key
       FROM documents d JOIN environments e ON e.id = d.environment_id
       WHERE d.kind = 'flag' AND d.key IN (${part.map((_, index) => `$${index + 2}`).join(', ')}) AND e.id <> $1
         AND e.project_key = (SELECT project_key FROM environments WHERE id = $1)`,
      [environmentId, ...part],
    );
    for (const row of rows) {
      const [key, type] = [textOf(row, 'key'), textOf(row, 'flag_type')];
      if (types.get(key) !== type) found.set(key, { type, environmentKey: textOf(row, 'environment_key') });
    }
  }
  return found;
}

/** Locks the project's row: new flags of one project are committed one after the other. Always after `lockHead`. */
export async function lockProjectOf(
  session: SqlSession,
  dialect: 'sqlite' | 'postgres',
  environmentId: string,
): Promise<void> {
  if (dialect === 'sqlite') return;
  await session.query(
    'SELECT key FROM projects WHERE key = (SELECT project_key FROM environments WHERE id = $1) FOR UPDATE',
    [environmentId],
  );
}
