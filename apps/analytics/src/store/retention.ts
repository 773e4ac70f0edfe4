// Removes raw events that are older than the operator keeps them, in bounded pieces: between two of them others get on.
import { setTimeout as pause } from 'node:timers/promises';
import type { AnalyticsPorts } from '../ports.ts';
import { inTransaction, inTurn } from './database.ts';
import { eventTables } from './tables.ts';

const intervalMs = 10 * 60_000;
const rowsPerPiece = 100_000;
const pieceMs = 50;

/** One round; answers how many rows went. Resolves early when `signal` aborts. */
export async function removeOldEvents(
  { database, now }: Pick<AnalyticsPorts, 'database' | 'now'>,
  retentionMs: number,
  signal?: AbortSignal,
): Promise<number> {
  const oldestMs = now() - retentionMs;
  const connection = await database.connect();
  let removed = 0;
  try {
    for (const { name } of eventTables) {
      let piece = rowsPerPiece;
      while (piece === rowsPerPiece && signal?.aborted !== true) {
        const sql = `DELETE FROM ${name} WHERE rowid IN (SELECT rowid FROM ${name} WHERE received_ms < $1 LIMIT ${rowsPerPiece})`;
        const remove = () => connection.run(sql, [oldestMs]);
        piece = (await inTurn(database, () => inTransaction(connection, remove))).rowsChanged;
        removed += piece;
        await pause(pieceMs);
      }
    }
    return removed;
  } finally {
    connection.closeSync();
  }
}

/** Goes on until `close`. */
export function keepRetention(
  ports: Pick<AnalyticsPorts, 'database' | 'now' | 'logger' | 'log' | 'running'>,
  retentionMs: number,
): { close(): Promise<void> } {
  const closing = new AbortController();
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        const removed = await removeOldEvents(ports, retentionMs, closing.signal);
        if (removed > 0) ports.logger.info({ removed }, 'removed old events');
      } catch (error) {
        ports.logger.warn({ err: error }, 'old events could not be removed; trying again');
      }
      await pause(intervalMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    close: async () => {
      closing.abort();
      await running;
    },
  };
}
