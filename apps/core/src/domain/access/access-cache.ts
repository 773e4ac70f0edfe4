// Holds access in memory, reads it again when its version moved, and tells of keys that ended. An unknown key makes it
// look at the database, at most a few times a second: keys made on another core work at once, guesses cost nothing.
import { succeed, type Result } from '@org/contract';
import type { Caller } from '../../application.ts';
import { readAccess, readAccessVersion } from '../../store/access-store.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import { attempt } from '../../store/store-error.ts';
import type { Runtime } from '../ports.ts';
import { createAccessState, type AccessState } from './access-state.ts';
import { isKeyShaped, sha256Hex } from './secrets.ts';

/** Hashes of unknown keys, kept for as long as the version of access stays the same. */
const unknownMax = 10_000;
/** Between two looks at the database because of unknown keys. */
const lookIntervalMs = 200;

export interface AccessCache {
  readonly state: AccessState;
  /** @throws {StoreError} */
  refresh(): Promise<void>;
  /** Reads access again when its version is another one than this. @throws {StoreError} */
  follow(version: number): Promise<void>;
  authenticate(secret: string): Promise<Result<Caller | undefined>>;
  onKeyEnded(listener: (keyId: string) => void): () => void;
  /** Called whenever another version is in memory. */
  onChanged(listener: () => void): () => void;
  /** Tells of keys that have expired since the last time. */
  sweep(): void;
}

/** Reads access and keeps it. @throws {StoreError} */
export async function createAccessCache(driver: SqlDriver, runtime: Runtime): Promise<AccessCache> {
  const cache = new MemoryAccess(driver, runtime, createAccessState(await readAccess(driver)));
  cache.sweep();
  return cache;
}

class MemoryAccess implements AccessCache {
  state: AccessState;
  readonly #driver: SqlDriver;
  readonly #runtime: Runtime;
  readonly #listeners = new Set<(keyId: string) => void>();
  readonly #changeListeners = new Set<() => void>();
  #unknown = new Set<string>();
  #active = new Set<string>();
  #reading: Promise<void> | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(driver: SqlDriver, runtime: Runtime, state: AccessState) {
    this.#driver = driver;
    this.#runtime = runtime;
    this.state = state;
  }

  async refresh(): Promise<void> {
    await this.follow(await readAccessVersion(this.#driver));
  }

  async follow(version: number): Promise<void> {
    // A reading under way may have begun before the change: then another one follows.
    while (this.state.version < version) {
      this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
      await this.#reading;
    }
  }

  async authenticate(secret: string): Promise<Result<Caller | undefined>> {
    if (!isKeyShaped(secret)) return succeed(undefined);
    const hash = sha256Hex(secret);
    const known = this.state.caller(hash, this.#runtime.now());
    if (known !== undefined || this.#unknown.has(hash)) return succeed(known);
    if (this.#runtime.monotonicMs() - this.#lookedAtMs >= lookIntervalMs) {
      const refreshed = await attempt(() => this.refresh());
      if (!refreshed.ok) return refreshed;
      this.#lookedAtMs = this.#runtime.monotonicMs();
    }
    const caller = this.state.caller(hash, this.#runtime.now());
    if (caller === undefined) this.#remember(hash);
    return succeed(caller);
  }

  onKeyEnded(listener: (keyId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onChanged(listener: () => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  sweep(): void {
    const nowMs = this.#runtime.now();
    const active = new Set<string>();
    for (const key of this.state.keys) if (this.state.isActive(key, nowMs)) active.add(key.id);
    const ended = [...this.#active].filter((id) => !active.has(id));
    this.#active = active;
    for (const id of ended) for (const listener of this.#listeners) listener(id);
  }

  async #read(): Promise<void> {
    const state = createAccessState(await readAccess(this.#driver));
    if (state.version < this.state.version) return;
    this.state = state;
    this.#unknown = new Set();
    this.sweep();
    for (const listener of this.#changeListeners) listener();
  }

  #remember(hash: string): void {
    if (this.#unknown.size >= unknownMax) this.#unknown = new Set();
    this.#unknown.add(hash);
  }
}
