// Reads the history of environments: revisions, what they changed, and what was there before. Never writes.
import { groupRows, numberOf, optionalTextOf, textOf } from './rows.ts';
import type { SqlRow, SqlSession } from './sql-driver.ts';

/** Who changed what, when and why. */
export interface RevisionRow {
  readonly revision: number;
  readonly committedAtMs: number;
  readonly principalId: string;
  readonly principalName: string;
  readonly author: string;
  readonly reason: string;
  readonly idempotencyKey: string;
  readonly changed: readonly { readonly kind: string; readonly key: string }[];
}

/** A document at two points of its history. */
export interface ChangeRow {
  readonly kind: string;
  readonly key: string;
  readonly beforeJson: string | undefined;
  readonly afterJson: string | undefined;
}

const revisionColumns =
  'revision, committed_at_ms, principal_id, principal_name, author, reason, idempotency_key';

/** Revisions below one (newest first), of one document when named. */
export async function readRevisions(
  session: SqlSession,
  environmentId: string,
  range: { readonly belowRevision: number; readonly limit: number },
  document?: { readonly kind: string; readonly key: string },
): Promise<readonly RevisionRow[]> {
  const { belowRevision, limit } = range;
  const rows =
    document === undefined
      ? await session.query(
          `SELECT ${revisionColumns} FROM revisions WHERE environment_id = $1 AND revision < $2 ORDER BY revision DESC LIMIT $3`,
          [environmentId, belowRevision, limit],
        )
      : await session.query(
          `SELECT ${revisionColumns} FROM revisions WHERE environment_id = $1 AND revision IN (
             SELECT revision FROM changes WHERE environment_id = $1 AND kind = $2 AND key = $3 AND revision < $4
             ORDER BY revision DESC LIMIT $5) ORDER BY revision DESC`,
          [environmentId, document.kind, document.key, belowRevision, limit],
        );
  return withChanged(session, environmentId, rows);
}

async function withChanged(
  session: SqlSession,
  environmentId: string,
  rows: readonly SqlRow[],
): Promise<readonly RevisionRow[]> {
  const revisions = rows.map((row) => numberOf(row, 'revision'));
  const changed =
    revisions.length === 0
      ? []
      : await session.query(
          `SELECT revision, kind, key FROM changes WHERE environment_id = $1
           AND revision IN (${revisions.map((_, index) => `$${index + 2}`).join(', ')}) ORDER BY kind, key`,
          [environmentId, ...revisions],
        );
  const byRevision = groupRows(changed, 'revision');
  return rows.map((row) => ({
    revision: numberOf(row, 'revision'),
    committedAtMs: numberOf(row, 'committed_at_ms'),
    principalId: textOf(row, 'principal_id'),
    principalName: textOf(row, 'principal_name'),
    author: textOf(row, 'author'),
    reason: textOf(row, 'reason'),
    idempotencyKey: textOf(row, 'idempotency_key'),
    changed: (byRevision.get(numberOf(row, 'revision')) ?? []).map((change) => ({
      kind: textOf(change, 'kind'),
      key: textOf(change, 'key'),
    })),
  }));
}

/** What one revision did, by kind and key. */
export async function readChanges(
  session: SqlSession,
  environmentId: string,
  revision: number,
): Promise<readonly ChangeRow[]> {
  const rows = await session.query(
    'SELECT kind, key, before_json, after_json FROM changes WHERE environment_id = $1 AND revision = $2 ORDER BY kind, key',
    [environmentId, revision],
  );
  return rows.map((row) => ({
    kind: textOf(row, 'kind'),
    key: textOf(row, 'key'),
    beforeJson: optionalTextOf(row, 'before_json'),
    afterJson: optionalTextOf(row, 'after_json'),
  }));
}

/**
 * Every document touched between two revisions (from < to), as it was at both. The first change in between holds what
 * was there before it, the last one what it left: the cost is the changes in between, not the environment.
 */
export async function readDifference(
  session: SqlSession,
  environmentId: string,
  from: number,
  to: number,
): Promise<readonly ChangeRow[]> {
  const edge = (bound: 'MIN' | 'MAX', column: string): string =>
    `SELECT c.kind, c.key, c.${column} AS json FROM changes c JOIN (
       SELECT kind, key, ${bound}(revision) AS revision FROM changes
       WHERE environment_id = $1 AND revision > $2 AND revision <= $3 GROUP BY kind, key
     ) edge ON edge.kind = c.kind AND edge.key = c.key AND edge.revision = c.revision
     WHERE c.environment_id = $1 ORDER BY c.kind, c.key`;
  const range = [environmentId, from, to];
  const before = await session.query(edge('MIN', 'before_json'), range);
  const after = await session.query(edge('MAX', 'after_json'), range);
  const afterJson = new Map(
    after.map((row) => [`${textOf(row, 'kind')}/${textOf(row, 'key')}`, optionalTextOf(row, 'json')]),
  );
  return before.map((row) => {
    const [kind, key] = [textOf(row, 'kind'), textOf(row, 'key')];
    return { kind, key, beforeJson: optionalTextOf(row, 'json'), afterJson: afterJson.get(`${kind}/${key}`) };
  });
}

/** A document as it was at a revision: undefined when it did not exist. `known`: whether any revision ever changed it. */
export async function readDocumentAt(
  session: SqlSession,
  environmentId: string,
  document: { readonly kind: string; readonly key: string },
  revision: number,
): Promise<{ readonly known: boolean; readonly changedSince: boolean; readonly json: string | undefined }> {
  const ofDocument = 'FROM changes WHERE environment_id = $1 AND kind = $2 AND key = $3';
  const named = [environmentId, document.kind, document.key];
  const [row] = await session.query(
    `SELECT before_json ${ofDocument} AND revision > $4 ORDER BY revision LIMIT 1`,
    [...named, revision],
  );
  if (row !== undefined) return { known: true, changedSince: true, json: optionalTextOf(row, 'before_json') };
  const [older] = await session.query(`SELECT revision ${ofDocument} LIMIT 1`, named);
  return { known: older !== undefined, changedSince: false, json: undefined };
}
