// Brings a replica to a head by the log: for the tail, and for the commit path under its lock.
import { readLog, type Head } from '../../store/environment-store.ts';
import type { SqlSession } from '../../store/sql-driver.ts';
import type { Replica } from './replica.ts';

const logEntriesPerRead = 200;

/** False when the log does not lead there. A replica of another history is left alone. */
export async function catchUp(session: SqlSession, replica: Replica, head: Head): Promise<boolean> {
  while (replica.historyId === head.historyId && replica.revision < head.revision) {
    const before = replica.revision;
    for (const entry of await readLog(session, head, before, logEntriesPerRead)) replica.applyEntry(entry);
    if (replica.revision === before) return false;
  }
  return true;
}
