// Brings a replica to a head by the log: for the tail, and for the commit path under its lock.
import { readLog, type Head, type LogChange } from '../../store/environment-store.ts';
import { readChunks } from '../../store/list-store.ts';
import type { SqlSession } from '../../store/sql-driver.ts';
import type { Replica } from './replica.ts';

const logEntriesPerRead = 200;

/** False when the log does not lead there. A replica of another history is left alone. */
export async function catchUp(session: SqlSession, replica: Replica, head: Head): Promise<boolean> {
  while (replica.historyId === head.historyId && replica.revision < head.revision) {
    const before = replica.revision;
    for (const entry of await readLog(session, head, before, logEntriesPerRead)) {
      await takeChunks(session, replica, entry.changes);
      replica.applyEntry(entry);
    }
    if (replica.revision === before) return false;
  }
  return true;
}

/** Brings the contents of changed lists into memory; answers the names of chunks that the database has not. */
export async function takeChunks(
  session: SqlSession,
  replica: Replica,
  changes: readonly Pick<LogChange, 'kind' | 'json'>[],
): Promise<readonly string[]> {
  const lists = changes.filter(({ kind, json }) => kind === 'list' && json !== undefined);
  const missing = () => [
    ...new Set(lists.flatMap(({ json }) => replica.chunks.missing(JSON.parse(json ?? '')))),
  ];
  const wanted = missing();
  if (wanted.length === 0) return [];
  replica.chunks.add(await readChunks(session, replica.environmentId, wanted));
  return missing();
}
