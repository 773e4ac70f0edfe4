// Follows the store: whatever any core commits reaches the replicas here, in order, woken by notices and at the latest
// after the polling interval. Also follows access and new environments. Goes on for ever, whatever fails.
import { Delta } from '@org/contract/gen/flags/v1/document';
import { loadEnvironment, readHeads, type Head } from '../../store/environment-store.ts';
import { readAccessVersion } from '../../store/access-store.ts';
import { readNewestDeltas } from '../../store/outbox-store.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import { StoreError } from '../../store/store-error.ts';
import type { AccessCache } from '../access/access-cache.ts';
import type { Logger, Runtime } from '../ports.ts';
import { catchUp } from './catch-up.ts';
import { createReplica, type Replica } from './replica.ts';

const pollIntervalMs = 250;
/** After these the next look goes on, so that other environments are not kept waiting. */
const loadTriesMax = 3;
/** Read from the store when an environment is loaded, for clients that reconnect. */
const seededDeltasMax = 1_000;
const seededBytesMax = 16 * 1024 * 1024;

export interface TailOptions {
  readonly driver: SqlDriver;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly access: AccessCache;
}

export interface Tail {
  replica(environmentId: string): Replica | undefined;
  replicas(): Iterable<Replica>;
  /** Looks now; resolves when everything committed before the call is in memory, or the store fails. */
  refresh(): Promise<void>;
  /** Loads the environment anew at the next look: memory and database disagree. */
  distrust(environmentId: string): void;
  close(): Promise<void>;
}

/** Loads every environment, then follows. @throws {StoreError} when the first look fails */
export async function startTail(options: TailOptions): Promise<Tail> {
  const tail = new StoreTail(options);
  await tail.look();
  tail.start();
  return tail;
}

class StoreTail implements Tail {
  readonly #options: TailOptions;
  readonly #replicas = new Map<string, Replica>();
  readonly #distrusted = new Set<string>();
  #waiting: (() => void)[] = [];
  #running: Promise<void> | undefined;
  #closed = false;
  #cancelTimer: () => void = () => undefined;
  #stopWaking: () => void = () => undefined;
  #healthy = true;

  constructor(options: TailOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopWaking = this.#options.driver.onWake(() => void this.refresh());
    this.#schedule();
  }

  replica(environmentId: string): Replica | undefined {
    return this.#replicas.get(environmentId);
  }

  replicas(): Iterable<Replica> {
    return this.#replicas.values();
  }

  distrust(environmentId: string): void {
    this.#distrusted.add(environmentId);
    void this.refresh();
  }

  /** A look under way may have missed what was committed a moment ago: the next one answers. One look at a time. */
  refresh(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#running ??= this.#run();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    this.#stopWaking();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const answered = this.#waiting;
      this.#waiting = [];
      await this.#lookSafely();
      for (const answer of answered) answer();
    }
    this.#running = undefined;
  }

  async #lookSafely(): Promise<void> {
    try {
      await this.look();
      if (!this.#healthy) this.#options.logger.info({}, 'The store answers again.');
      this.#healthy = true;
    } catch (error) {
      if (this.#healthy)
        this.#options.logger.warn({ err: error }, 'The store cannot be followed; trying on.');
      this.#healthy = false;
      if (!(error instanceof StoreError))
        this.#options.logger.error({ err: error }, 'Following the store failed.');
    }
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#cancelTimer = this.#options.runtime.after(pollIntervalMs, () => {
      void this.refresh().then(() => this.#schedule());
    });
  }

  async look(): Promise<void> {
    const { driver, access } = this.#options;
    await access.follow(await readAccessVersion(driver));
    for (const head of await readHeads(driver)) await this.#follow(head);
  }

  async #follow(head: Head): Promise<void> {
    const replica = this.#replicas.get(head.environmentId);
    if (
      replica === undefined ||
      replica.historyId !== head.historyId ||
      this.#distrusted.has(head.environmentId)
    ) {
      return this.#load(head.environmentId);
    }
    if (!(await catchUp(this.#options.driver, replica, head))) {
      this.#options.logger.error({ environmentId: head.environmentId }, 'The log has a gap.');
      return this.#load(head.environmentId);
    }
    if (replica.revision !== head.revision) return;
    if (replica.hash('server') === head.serverHash && replica.hash('client') === head.clientHash) return;
    this.#options.logger.error(
      { environmentId: head.environmentId, revision: head.revision },
      'Memory and store differ.',
    );
    await this.#load(head.environmentId);
  }

  async #load(environmentId: string): Promise<void> {
    for (let tries = 0; tries < loadTriesMax; tries += 1) if (await this.#tryLoad(environmentId)) return;
  }

  /** False when commits overtook the reading: a replica never goes back in its history. */
  async #tryLoad(environmentId: string): Promise<boolean> {
    const { driver, runtime, logger } = this.#options;
    const loaded = await loadEnvironment(driver, environmentId);
    if (loaded === undefined) return true;
    const deltas = await readNewestDeltas(driver, loaded.head, {
      countMax: seededDeltasMax,
      bytesMax: seededBytesMax,
    });
    // Nothing waits from here on.
    const known = this.#replicas.get(environmentId);
    const { historyId, revision } = loaded.head;
    if (known !== undefined && known.historyId === historyId && known.revision > revision) return false;
    this.#distrusted.delete(environmentId);
    if (known === undefined) this.#replicas.set(environmentId, createReplica(loaded, runtime.now, logger));
    else known.replace(loaded);
    const replica = known ?? this.#replicas.get(environmentId);
    replica?.seedDeltas(
      'server',
      deltas.map(({ server }) => Delta.decode(server)),
    );
    replica?.seedDeltas(
      'client',
      deltas.map(({ client }) => Delta.decode(client)),
    );
    return true;
  }
}
