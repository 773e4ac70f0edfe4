// Runs SQLite off the main thread: node:sqlite is synchronous, and a slow fsync must not freeze streams.
// Executes one statement after the other in the order of the requests. Imports nothing of the project but types.
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { SqliteConnectionName, SqliteOpen, SqliteReply, SqliteRequest } from './protocol.ts';

interface Connection {
  readonly database: DatabaseSync;
  readonly statements: Map<string, StatementSync>;
}

const options = workerData as SqliteOpen;
const connections: Record<SqliteConnectionName, Connection> = { write: open(), read: open() };

parentPort?.on('message', (request: SqliteRequest | 'close') => {
  if (request === 'close') return close();
  parentPort?.postMessage(answer(request));
});

function open(): Connection {
  // It holds hashes of keys; SQLite gives its other files the same mode. One that exists keeps the mode it was given.
  closeSync(openSync(options.path, 'a', 0o600));
  const database = new DatabaseSync(options.path, {
    timeout: options.busyTimeoutMs,
    enableForeignKeyConstraints: true,
  });
  // FULL: an acknowledged commit is on the disk (docs/adr). WAL: readers are not held up by writers.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  return { database, statements: new Map() };
}

function close(): void {
  connections.read.database.close();
  connections.write.database.close();
  parentPort?.close();
}

function answer(request: SqliteRequest): SqliteReply {
  try {
    const statement = prepare(connections[request.connection], request.text);
    return { id: request.id, rows: statement.all(...request.values) as never };
  } catch (error) {
    const { message, errcode } = error as { message: string; errcode?: number };
    return { id: request.id, error: { message, resultCode: errcode ?? 0 } };
  }
}

/** Least recently used statements go first. */
function prepare(connection: Connection, text: string): StatementSync {
  const known = connection.statements.get(text);
  const statement = known ?? connection.database.prepare(text.replaceAll(/\$(\d+)/g, '?$1'));
  connection.statements.delete(text);
  connection.statements.set(text, statement);
  if (connection.statements.size > options.statementsMax) {
    connection.statements.delete(connection.statements.keys().next().value ?? '');
  }
  return statement;
}
