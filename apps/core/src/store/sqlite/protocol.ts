// What the main thread and the SQLite worker say to each other. Types only: the worker must import nothing else.

/** `read` sees committed data only, also while a transaction runs on `write`. */
export type SqliteConnectionName = 'read' | 'write';

export interface SqliteRequest {
  readonly id: number;
  readonly connection: SqliteConnectionName;
  readonly text: string;
  readonly values: readonly (string | number | Uint8Array | null)[];
}

export interface SqliteOpen {
  readonly path: string;
  readonly busyTimeoutMs: number;
  readonly statementsMax: number;
}

export type SqliteReply =
  | { readonly id: number; readonly rows: readonly Record<string, string | number | Uint8Array | null>[] }
  | { readonly id: number; readonly error: { readonly message: string; readonly resultCode: number } };
