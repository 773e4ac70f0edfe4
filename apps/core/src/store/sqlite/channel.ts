// Requests to the SQLite worker and their answers. A worker that died answers everything with STORE_UNAVAILABLE and is
// started anew by the next request.
import { Worker } from 'node:worker_threads';
import { StoreError, type StoreErrorCode } from '../store-error.ts';
import type { SqlRow, SqlValue } from '../sql-driver.ts';
import type { SqliteConnectionName, SqliteOpen, SqliteReply } from './protocol.ts';

export interface SqliteChannel {
  request(
    connection: SqliteConnectionName,
    text: string,
    values: readonly SqlValue[],
  ): Promise<readonly SqlRow[]>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(rows: readonly SqlRow[]): void;
  reject(error: Error): void;
}

// https://www.sqlite.org/rescode.html: the low byte is the primary code.
const primaryCodes: Readonly<Record<number, StoreErrorCode>> = {
  5: 'STORE_UNAVAILABLE', // BUSY
  6: 'STORE_UNAVAILABLE', // LOCKED
  8: 'STORE_UNAVAILABLE', // READONLY: what a failing disk leaves behind
  10: 'STORE_UNAVAILABLE', // IOERR
  13: 'STORE_FULL', // FULL
  14: 'STORE_UNAVAILABLE', // CANTOPEN
};
// IOERR_WRITE, _FSYNC, _DIR_FSYNC, _TRUNCATE, _SHMSIZE: each may mean a full disk.
const ioWriteErrors = new Set([778, 1034, 1290, 1546, 4874]);
const uniqueCodes = new Set([1555, 2067]); // CONSTRAINT_PRIMARYKEY, CONSTRAINT_UNIQUE

function storeError(reply: { readonly message: string; readonly resultCode: number }): StoreError {
  if (uniqueCodes.has(reply.resultCode)) return new StoreError('UNIQUE', reply.message);
  if (ioWriteErrors.has(reply.resultCode)) return new StoreError('STORE_FULL', reply.message);
  return new StoreError(
    primaryCodes[reply.resultCode & 0xff] ?? 'INTERNAL',
    `${reply.message} (${reply.resultCode})`,
  );
}

/** Starts the worker with the first request. */
export function openSqliteChannel(open: SqliteOpen): SqliteChannel {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let lastId = 0;

  const failAll = (cause: unknown): void => {
    worker = undefined;
    // A file that is no database, a folder that is not there: whoever reads the log must learn it.
    const because = cause instanceof Error ? `: ${cause.message}` : '';
    for (const { reject } of waiting.values()) {
      reject(new StoreError('STORE_UNAVAILABLE', `the SQLite worker ended${because}`, cause));
    }
    waiting.clear();
  };
  const start = (): Worker => {
    const started = new Worker(new URL('./worker.ts', import.meta.url), { workerData: open });
    started.unref();
    started.on('message', (reply: SqliteReply) => {
      const waiter = waiting.get(reply.id);
      waiting.delete(reply.id);
      if (waiting.size === 0) started.unref();
      if ('rows' in reply) waiter?.resolve(reply.rows);
      else waiter?.reject(storeError(reply.error));
    });
    started.on('error', (error) => started === worker && failAll(error));
    started.on('exit', () => started === worker && failAll(undefined));
    return started;
  };
  return {
    request: (connection, text, values) =>
      new Promise((resolve, reject) => {
        worker ??= start();
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        worker.ref();
        worker.postMessage({ id, connection, text, values });
      }),
    close: async () => {
      const ending = worker;
      worker = undefined;
      if (ending === undefined) return;
      ending.ref();
      const ended = new Promise<void>((resolve) => ending.once('exit', () => resolve()));
      ending.postMessage('close');
      await ended;
    },
  };
}
