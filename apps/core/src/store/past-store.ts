// Reads environments as they were, and the notes on their revisions. Finds the documents of back then by jumping through
// the index from document to document: the cost is the documents, not the revisions.
import { insertRows, numberOf, optionalTextOf, textOf } from './rows.ts';
import type { SqlRow, SqlSession } from './sql-driver.ts';

/** A document as it was. */
export interface PastDocument {
  readonly kind: string;
  readonly key: string;
  /** The revision that had changed it last; undefined: no document then. */
  readonly state: { readonly revision: number; readonly json: string } | undefined;
}

/** Where a read begins: behind this document. */
export interface PastPosition {
  readonly kind: string;
  readonly key: string;
}

/** Documents that there ever were, behind a position, by kind and key, each as it was at the revision. */
export async function readPast(
  session: SqlSession,
  environmentId: string,
  revision: number,
  { after, limit, kind }: { readonly after: PastPosition; readonly limit: number; readonly kind: string },
): Promise<readonly PastDocument[]> {
  const ofKind = kind === '' ? '' : 'AND c.kind = $6';
  const next = (column: string, from: string): string =>
    `(SELECT c.${column} FROM changes c WHERE c.environment_id = $1 AND (c.kind, c.key) > (${from}) ${ofKind}
      ORDER BY c.kind, c.key LIMIT 1)`;
  const rows = await session.query(
    `WITH RECURSIVE ids (place, kind, key) AS (
       SELECT 1, ${next('kind', '$2, $3')}, ${next('key', '$2, $3')}
       UNION ALL
       SELECT ids.place + 1, ${next('kind', 'ids.kind, ids.key')}, ${next('key', 'ids.kind, ids.key')}
       FROM ids WHERE ids.kind IS NOT NULL AND ids.place < $5
     ), latest AS (
       SELECT place, kind, key, (SELECT MAX(c.revision) FROM changes c WHERE c.environment_id = $1
         AND c.kind = ids.kind AND c.key = ids.key AND c.revision <= $4) AS revision
       FROM ids WHERE kind IS NOT NULL
     )
     SELECT latest.kind, latest.key, b.revision, b.after_json FROM latest LEFT JOIN changes b
       ON b.environment_id = $1 AND b.revision = latest.revision AND b.kind = latest.kind AND b.key = latest.key
     ORDER BY latest.place`,
    [environmentId, after.kind, after.key, revision, limit, ...(kind === '' ? [] : [kind])],
  );
  return rows.map(pastDocument);
}

function pastDocument(row: SqlRow): PastDocument {
  const json = optionalTextOf(row, 'after_json');
  return {
    kind: textOf(row, 'kind'),
    key: textOf(row, 'key'),
    state: json === undefined ? undefined : { revision: numberOf(row, 'revision'), json },
  };
}

/** A note on a revision. */
export interface AnnotationRow {
  readonly number: number;
  readonly revision: number;
  readonly text: string;
  readonly author: string;
  readonly principalId: string;
  readonly principalName: string;
  readonly atMs: number;
}

/** Answers the note with its number. Inside the caller's transaction, after `lockHead`. */
export async function writeAnnotation(
  session: SqlSession,
  environmentId: string,
  note: Omit<AnnotationRow, 'number'>,
): Promise<AnnotationRow> {
  const [row] = await session.query(
    'SELECT COALESCE(MAX(number), 0) AS last FROM annotations WHERE environment_id = $1',
    [environmentId],
  );
  const number = (row === undefined ? 0 : numberOf(row, 'last')) + 1;
  const { revision, text, author, principalId, principalName, atMs } = note;
  await insertRows(session, {
    table: 'annotations',
    columns: [
      ...['environment_id', 'number', 'revision', 'text', 'author'],
      ...['principal_id', 'principal_name', 'at_ms'],
    ],
    rows: [[environmentId, number, revision, text, author, principalId, principalName, atMs]],
  });
  return { ...note, number };
}

/** Notes below a number, newest first; `revision` 0: of all revisions. */
export async function readAnnotations(
  session: SqlSession,
  environmentId: string,
  { below, limit, revision }: { readonly below: number; readonly limit: number; readonly revision: number },
): Promise<readonly AnnotationRow[]> {
  const rows = await session.query(
    `SELECT number, revision, text, author, principal_id, principal_name, at_ms FROM annotations
     WHERE environment_id = $1 AND number < $2 ${revision === 0 ? '' : 'AND revision = $4'}
     ORDER BY number DESC LIMIT $3`,
    [environmentId, below, limit, ...(revision === 0 ? [] : [revision])],
  );
  return rows.map((row) => ({
    number: numberOf(row, 'number'),
    revision: numberOf(row, 'revision'),
    text: textOf(row, 'text'),
    author: textOf(row, 'author'),
    principalId: textOf(row, 'principal_id'),
    principalName: textOf(row, 'principal_name'),
    atMs: numberOf(row, 'at_ms'),
  }));
}
