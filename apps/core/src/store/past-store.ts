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

/** The first kind behind another one of which there ever were documents. */
export async function readNextKind(
  session: SqlSession,
  environmentId: string,
  kind: string,
): Promise<string | undefined> {
  const [row] = await session.query(
    'SELECT MIN(kind) AS kind FROM changes WHERE environment_id = $1 AND kind > $2',
    [environmentId, kind],
  );
  return row && optionalTextOf(row, 'kind');
}

/** Documents of a kind that there ever were, behind a key, by key, each as it was at the revision. */
export async function readPast(
  session: SqlSession,
  environmentId: string,
  revision: number,
  { kind, key, limit }: PastPosition & { readonly limit: number },
): Promise<readonly PastDocument[]> {
  // One seek for each document; a bound on pairs of kind and key would make SQLite read everything before it.
  const next = (after: string): string =>
    `(SELECT MIN(c.key) FROM changes c WHERE c.environment_id = $1 AND c.kind = $2 AND c.key > ${after})`;
  const rows = await session.query(
    `WITH RECURSIVE ids (place, key) AS (
       SELECT 1, ${next('$3')}
       UNION ALL
       SELECT ids.place + 1, ${next('ids.key')} FROM ids WHERE ids.key IS NOT NULL AND ids.place < $5
     ), latest AS MATERIALIZED (
       SELECT place, key, (SELECT MAX(c.revision) FROM changes c WHERE c.environment_id = $1
         AND c.kind = $2 AND c.key = ids.key AND c.revision <= $4) AS revision
       FROM ids WHERE key IS NOT NULL
     )
     SELECT latest.key, latest.revision, (SELECT b.after_json FROM changes b WHERE b.environment_id = $1
       AND b.revision = latest.revision AND b.kind = $2 AND b.key = latest.key) AS after_json
     FROM latest ORDER BY latest.place`,
    [environmentId, kind, key, revision, limit],
  );
  return rows.map((row) => pastDocument(kind, row));
}

function pastDocument(kind: string, row: SqlRow): PastDocument {
  const json = optionalTextOf(row, 'after_json');
  return {
    kind,
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
