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
  /** The first ones, by kind and key. */
  readonly changed: readonly { readonly kind: string; readonly key: string }[];
  readonly changedCount: number;
}

/** A document at two points of its history. */
export interface ChangeRow {
  readonly kind: string;
  readonly key: string;
  readonly beforeJson: string | undefined;
  readonly afterJson: string | undefined;
}

/** Documents that a revision names: more than that only a revert of an environment changes. */
export const changedMax = 1_000;

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
          `SELECT revision, kind, key, n FROM (
             SELECT revision, kind, key, COUNT(*) OVER (PARTITION BY revision) AS n,
               ROW_NUMBER() OVER (PARTITION BY revision ORDER BY kind, key) AS place FROM changes
             WHERE environment_id = $1 AND revision IN (${revisions.map((_, index) => `$${index + 2}`).join(', ')})
           ) numbered WHERE place <= ${changedMax} ORDER BY kind, key`,
          [environmentId, ...revisions],
        );
  const byRevision = groupRows(changed, 'revision');
  return rows.map((row) => revisionRow(row, byRevision.get(numberOf(row, 'revision')) ?? []));
}

function revisionRow(row: SqlRow, changed: readonly SqlRow[]): RevisionRow {
  const [first] = changed;
  return {
    revision: numberOf(row, 'revision'),
    committedAtMs: numberOf(row, 'committed_at_ms'),
    principalId: textOf(row, 'principal_id'),
    principalName: textOf(row, 'principal_name'),
    author: textOf(row, 'author'),
    reason: textOf(row, 'reason'),
    idempotencyKey: textOf(row, 'idempotency_key'),
    changed: changed.map((change) => ({ kind: textOf(change, 'kind'), key: textOf(change, 'key') })),
    changedCount: first === undefined ? 0 : numberOf(first, 'n'),
  };
}

/** Documents whose states are read at once: each has at most two of 256 KiB. */
const documentsPerRead = 16;

/**
 * Every document that differs between two revisions (from < to), by kind and key, as it was at both; read bit by bit,
 * so that memory stays bounded. The first change in between holds what was there before it, the last one what it left:
 * the cost is the changes in between, not the environment.
 */
export async function* readDifference(
  session: SqlSession,
  environmentId: string,
  from: number,
  to: number,
  limit: number,
): AsyncIterable<ChangeRow> {
  const edges = await session.query(
    `SELECT edge.kind, edge.key, edge.low, edge.high FROM (
       SELECT kind, key, MIN(revision) AS low, MAX(revision) AS high FROM changes
       WHERE environment_id = $1 AND revision > $2 AND revision <= $3 GROUP BY kind, key
     ) edge
     JOIN changes a ON a.environment_id = $1 AND a.revision = edge.low AND a.kind = edge.kind AND a.key = edge.key
     JOIN changes b ON b.environment_id = $1 AND b.revision = edge.high AND b.kind = edge.kind AND b.key = edge.key
     WHERE a.before_json IS DISTINCT FROM b.after_json ORDER BY edge.kind, edge.key LIMIT $4`,
    [environmentId, from, to, limit],
  );
  for (let start = 0; start < edges.length; start += documentsPerRead) {
    yield* await readEdges(session, environmentId, edges.slice(start, start + documentsPerRead));
  }
}

async function readEdges(
  session: SqlSession,
  environmentId: string,
  edges: readonly SqlRow[],
): Promise<readonly ChangeRow[]> {
  const stateOf = (column: 'before_json' | 'after_json', bound: 'low' | 'high') =>
    session.query(
      `SELECT kind, key, ${column} AS json FROM changes WHERE environment_id = $1 AND (${edges
        .map((_, at) => `(revision = $${3 * at + 2} AND kind = $${3 * at + 3} AND key = $${3 * at + 4})`)
        .join(' OR ')})`,
      [
        environmentId,
        ...edges.flatMap((edge) => [numberOf(edge, bound), textOf(edge, 'kind'), textOf(edge, 'key')]),
      ],
    );
  const byDocument = (rows: readonly SqlRow[]) =>
    new Map(rows.map((row) => [`${textOf(row, 'kind')}/${textOf(row, 'key')}`, optionalTextOf(row, 'json')]));
  const before = byDocument(await stateOf('before_json', 'low'));
  const after = byDocument(await stateOf('after_json', 'high'));
  return edges.map((edge) => {
    const [kind, key] = [textOf(edge, 'kind'), textOf(edge, 'key')];
    const id = `${kind}/${key}`;
    return { kind, key, beforeJson: before.get(id), afterJson: after.get(id) };
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

/** Keys asked for at once. */
const keysPerRead = 200;

/** Which of these flags were killed when they were removed last. Those that were never removed are not among them. */
export async function readRemovedKilled(
  session: SqlSession,
  environmentId: string,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const killed = new Set<string>();
  for (let start = 0; start < keys.length; start += keysPerRead) {
    const part = keys.slice(start, start + keysPerRead);
    const removed = `environment_id = $1 AND kind = 'flag' AND after_json IS NULL`;
    const rows = await session.query(
      `SELECT c.key, c.before_json FROM changes c JOIN (
         SELECT key, MAX(revision) AS revision FROM changes
         WHERE ${removed} AND key IN (${part.map((_, index) => `$${index + 2}`).join(', ')}) GROUP BY key
       ) AS last ON c.key = last.key AND c.revision = last.revision
       WHERE c.environment_id = $1 AND c.kind = 'flag' AND c.before_json LIKE '%"killed":true%'`,
      [environmentId, ...part],
    );
    for (const row of rows) {
      // The text may stand in a value, too.
      const { killed: isKilled } = JSON.parse(textOf(row, 'before_json')) as { readonly killed?: unknown };
      if (isKilled === true) killed.add(textOf(row, 'key'));
    }
  }
  return killed;
}
