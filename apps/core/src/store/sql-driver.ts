// The port between the stores and a database: statements, transactions, wake-ups. Two drivers implement it; nothing
// above it may know which one is there, except for the words in `SqlDialect`.

export type SqlValue = string | number | Uint8Array | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** Runs statements. Parameters are written `$1`, `$2` …; a statement that ends with RETURNING or SELECT gives rows. */
export interface SqlSession {
  /** @throws {StoreError} */
  query(text: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
}

export interface SqlTransaction extends SqlSession {
  /** Wakes every core's `onWake` listeners with this topic, once the transaction is committed. */
  wake(topic: string): Promise<void>;
}

export interface TransactionOptions {
  /** One consistent snapshot of the database; writers are not held up. */
  readonly readOnly?: boolean;
}

export type SqlDialectName = 'sqlite' | 'postgres';

export interface SqlDriver extends SqlSession {
  readonly dialect: SqlDialectName;
  /**
   * Runs the work and commits; a rejection of the work rolls back and is passed on. The work must not wait for another
   * transaction: with SQLite several may share one commit to disk (group commit).
   *
   * @throws {StoreError}
   */
  transaction<T>(work: (transaction: SqlTransaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Called with topics woken by any core; with "" after something may have been missed. */
  onWake(listener: (topic: string) => void): () => void;
  close(): Promise<void>;
}
