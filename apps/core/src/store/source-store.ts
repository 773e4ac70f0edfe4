// Which documents belong to which source, and how each source stands. Among what controllers know: rows of their table.
import { writeStatuses } from './controller-store.ts';
import { textOf } from './rows.ts';
import type { SqlSession } from './sql-driver.ts';

const documentKind = 'source_document';
const statusKind = 'source';
const keysPerQueryMax = 200;

/** A document of a source. */
export interface OwnedDocument {
  readonly kind: string;
  readonly key: string;
  readonly source: string;
  readonly edits: 'refuse' | 'write_back';
  /** Of the authored text that was synced last. */
  readonly hash: string;
  readonly file: string;
}

const rowKey = ({ kind, key }: { readonly kind: string; readonly key: string }): string => `${kind}/${key}`;

function ownedOf(row: Parameters<typeof textOf>[0]): OwnedDocument {
  const id = textOf(row, 'key');
  const slash = id.indexOf('/');
  const rest = JSON.parse(textOf(row, 'status')) as Omit<OwnedDocument, 'kind' | 'key'>;
  return { ...rest, kind: id.slice(0, slash), key: id.slice(slash + 1) };
}

/** All documents of an environment that belong to a source. */
export async function readOwned(
  session: SqlSession,
  environmentId: string,
): Promise<readonly OwnedDocument[]> {
  const rows = await session.query(
    'SELECT key, status FROM controller_status WHERE environment_id = $1 AND kind = $2',
    [environmentId, documentKind],
  );
  return rows.map(ownedOf);
}

/** Whom these documents belong to, as far as they belong to a source. */
export async function readOwners(
  session: SqlSession,
  environmentId: string,
  documents: readonly { readonly kind: string; readonly key: string }[],
): Promise<readonly OwnedDocument[]> {
  const found: OwnedDocument[] = [];
  for (let start = 0; start < documents.length; start += keysPerQueryMax) {
    const part = documents.slice(start, start + keysPerQueryMax).map(rowKey);
    const names = part.map((_, index) => `$${index + 3}`).join(', ');
    const rows = await session.query(
      `SELECT key, status FROM controller_status WHERE environment_id = $1 AND kind = $2 AND key IN (${names})`,
      [environmentId, documentKind, ...part],
    );
    found.push(...rows.map(ownedOf));
  }
  return found;
}

export const writeOwned = (
  session: SqlSession,
  environmentId: string,
  documents: readonly OwnedDocument[],
): Promise<void> =>
  writeStatuses(
    session,
    documents.map(({ kind, key, ...status }) => ({
      ...{ environmentId, kind: documentKind, key: rowKey({ kind, key }), status },
    })),
  );

export async function deleteOwned(
  session: SqlSession,
  environmentId: string,
  documents: readonly { readonly kind: string; readonly key: string }[],
): Promise<void> {
  for (let start = 0; start < documents.length; start += keysPerQueryMax) {
    const part = documents.slice(start, start + keysPerQueryMax).map(rowKey);
    const names = part.map((_, index) => `$${index + 3}`).join(', ');
    await session.query(
      `DELETE FROM controller_status WHERE environment_id = $1 AND kind = $2 AND key IN (${names})`,
      [environmentId, documentKind, ...part],
    );
  }
}

/** How the sources of an environment stand, as JSON. */
export async function readSourceStatuses(
  session: SqlSession,
  environmentId: string,
): Promise<ReadonlyMap<string, unknown>> {
  const rows = await session.query(
    'SELECT key, status FROM controller_status WHERE environment_id = $1 AND kind = $2',
    [environmentId, statusKind],
  );
  return new Map(rows.map((row) => [textOf(row, 'key'), JSON.parse(textOf(row, 'status')) as unknown]));
}

export const writeSourceStatus = (
  session: SqlSession,
  environmentId: string,
  name: string,
  status: unknown,
): Promise<void> => writeStatuses(session, [{ environmentId, kind: statusKind, key: name, status }]);

/** Frees the documents of sources that are no longer set up, which are `source@environment id` of none of these. */
export async function releaseSources(session: SqlSession, present: ReadonlySet<string>): Promise<number> {
  const rows = await session.query(
    'SELECT environment_id, kind, key, status FROM controller_status WHERE kind IN ($1, $2)',
    [documentKind, statusKind],
  );
  const gone = rows.filter((row) => {
    const isDocument = textOf(row, 'kind') === documentKind;
    const name = isDocument ? ownedOf(row).source : textOf(row, 'key');
    return !present.has(`${name}@${textOf(row, 'environment_id')}`);
  });
  for (const row of gone)
    await session.query(
      'DELETE FROM controller_status WHERE environment_id = $1 AND kind = $2 AND key = $3',
      [textOf(row, 'environment_id'), textOf(row, 'kind'), textOf(row, 'key')],
    );
  return gone.length;
}
