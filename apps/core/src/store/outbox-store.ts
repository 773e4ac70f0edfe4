// The outbox: deltas written with their commits, read for the push channel and for replicas that start, and how far the
// push channel has come.
import { bytesOf, numberOf, textOf } from './rows.ts';
import type { Head } from './environment-store.ts';
import type { SqlSession } from './sql-driver.ts';

/** A stored delta, as protobuf of flags.v1.Delta, for both views. */
export interface StoredDelta {
  readonly revision: number;
  readonly server: Uint8Array;
  readonly client: Uint8Array;
}

const rowsPerRead = 100;

/** The newest deltas up to the head, oldest first, without gaps. */
export async function readNewestDeltas(
  session: SqlSession,
  head: Pick<Head, 'environmentId' | 'historyId' | 'revision'>,
  bounds: { readonly countMax: number; readonly bytesMax: number },
): Promise<readonly StoredDelta[]> {
  const deltas: StoredDelta[] = [];
  let next = head.revision;
  let bytes = 0;
  while (deltas.length < bounds.countMax) {
    const rows = await session.query(
      `SELECT revision, server_delta, client_delta FROM deltas
       WHERE environment_id = $1 AND history_id = $2 AND revision <= $3 ORDER BY revision DESC LIMIT $4`,
      [head.environmentId, head.historyId, next, rowsPerRead],
    );
    for (const row of rows) {
      const delta = {
        revision: numberOf(row, 'revision'),
        server: bytesOf(row, 'server_delta'),
        client: bytesOf(row, 'client_delta'),
      };
      bytes += delta.server.byteLength + delta.client.byteLength;
      if (delta.revision !== next || bytes > bounds.bytesMax) return deltas.reverse();
      deltas.push(delta);
      next -= 1;
    }
    if (rows.length < rowsPerRead) break;
  }
  return deltas.reverse();
}

/** An environment whose head the push channel has not reached. */
export interface Backlog {
  readonly environmentId: string;
  readonly historyId: string;
  readonly revision: number;
  readonly publishedRevision: number;
}

export async function readBacklogs(session: SqlSession): Promise<readonly Backlog[]> {
  const rows = await session.query(
    `SELECT e.id, e.history_id, e.revision, COALESCE(p.revision, 0) AS published
     FROM environments e LEFT JOIN publications p ON p.environment_id = e.id AND p.history_id = e.history_id
     WHERE e.revision > COALESCE(p.revision, 0)`,
  );
  return rows.map((row) => ({
    environmentId: textOf(row, 'id'),
    historyId: textOf(row, 'history_id'),
    revision: numberOf(row, 'revision'),
    publishedRevision: numberOf(row, 'published'),
  }));
}

/** Server-view deltas after a revision, oldest first. */
export async function readOutbox(
  session: SqlSession,
  backlog: Backlog,
  afterRevision: number,
  limit: number,
): Promise<readonly { readonly revision: number; readonly payload: Uint8Array }[]> {
  const rows = await session.query(
    `SELECT revision, server_delta FROM deltas
     WHERE environment_id = $1 AND history_id = $2 AND revision > $3 ORDER BY revision LIMIT $4`,
    [backlog.environmentId, backlog.historyId, afterRevision, limit],
  );
  return rows.map((row) => ({ revision: numberOf(row, 'revision'), payload: bytesOf(row, 'server_delta') }));
}

/** Never goes back. The caller has checked its lease in the same transaction. */
export const markPublished = (session: SqlSession, backlog: Backlog, revision: number): Promise<unknown> =>
  session.query(
    `INSERT INTO publications (environment_id, history_id, revision) VALUES ($1, $2, $3)
     ON CONFLICT (environment_id, history_id) DO UPDATE SET revision = excluded.revision
     WHERE publications.revision < excluded.revision`,
    [backlog.environmentId, backlog.historyId, revision],
  );
