// Moves batches from the event log into DuckDB, each exactly once in effect: what was read, what was seen of each SDK
// instance, and the position in the log are committed in one transaction. Killed at any point, it goes on from there.
// Takes partitions and gives them up between two steps.
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LoggedBatch } from '@org/push-nats/events';
import type { EventLog } from '../log/event-log.ts';
import { inTransaction, inTurn, type Database } from '../store/database.ts';
import type { Erasures } from '../store/erasures.ts';
import { addParts, forgetCohort, removeParts } from './hold-parts.ts';
import {
  createAppenders,
  readCohorts,
  take,
  writeBatches,
  type Appenders,
  type Cohort,
  type IngestCounters,
} from './cohort.ts';
import { partitionCount } from './partition.ts';
import { readAhead } from './read-ahead.ts';
import type { RowRules } from './rows.ts';

export interface IngestSettings {
  /** Events older than this when they arrive are dropped and counted. */
  readonly lateMs: number;
  /** Whose events stay out when the database is made again. */
  readonly erasures?: Erasures;
  /** Partitions to begin with; absent: all of them. */
  readonly parts?: ReadonlySet<number>;
}

export interface Ingest {
  /** Of the partitions that are up to date with each other. */
  readonly position: number;
  /** Of the partition that is farthest behind. */
  readonly lowestPosition: number;
  readonly counters: Readonly<IngestCounters>;
  /** Partitions that are held, up to date with each other, and that were once up to date with the log. */
  readonly ready: ReadonlySet<number>;
  /** All that are held. */
  readonly held: ReadonlySet<number>;
  /** Takes what comes next; answers how many batches that were. Rejects when nothing was taken: call again. */
  step(): Promise<number>;
  /** Holds these partitions and no others: new ones are read from the log's beginning, others are removed. */
  hold(parts: ReadonlySet<number>): Promise<void>;
}

/** Why what is stored cannot go on with this log. */
export class LogReplacedError extends Error {
  override readonly name = 'LogReplacedError';
}

/**
 * Of full batches a little more than DuckDB's row group (122,880 rows): that goes to the file as it will stay, compressed,
 * instead of through its log. Rows wait in DuckDB, not here.
 */
export const batchesPerStep = 250;
const [mainId, joiningId] = [0, 1];
const nothing: ReadonlySet<number> = new Set();
const allParts: ReadonlySet<number> = new Set(Array.from({ length: partitionCount }, (_, part) => part));

/**
 * Begins where the database ends.
 *
 * @throws LogReplacedError when the database was filled from another log: it must be made anew.
 */
export async function createIngest(
  database: Database,
  log: EventLog,
  settings: IngestSettings,
): Promise<Ingest> {
  const identity = await log.identity();
  await checkSource(database.writer, identity);
  const cohorts = await readCohorts(database.writer);
  const positions = cohorts.map(({ position }) => position);
  if (Math.max(0, ...positions) > (await log.head()))
    throw new LogReplacedError('the event log is behind what was read of it');
  const ingest = new LogIngest(database, log, settings, cohorts);
  // Also of a database that is not new: its first process may have been killed before it held anything.
  await ingest.hold(settings.parts ?? allParts);
  return ingest;
}

class LogIngest implements Ingest {
  readonly counters: IngestCounters = { batches: 0, events: 0, duplicates: 0, tooLate: 0 };
  readonly #database: Database;
  readonly #settings: IngestSettings;
  #appenders: Appenders;
  readonly #reader: ReturnType<typeof readAhead>;
  readonly #log: EventLog;
  #main: Cohort;
  #joining: Cohort | undefined;
  /** The end of the log was in sight since it is read. */
  #isUpToDate = false;

  constructor(database: Database, log: EventLog, settings: IngestSettings, cohorts: readonly Cohort[]) {
    this.#database = database;
    this.#log = log;
    this.#reader = readAhead(log, batchesPerStep);
    this.#settings = settings;
    this.#appenders = createAppenders(database.writer);
    this.#main = cohorts.find(({ id }) => id === mainId)!;
    this.#joining = cohorts.find(({ id }) => id === joiningId);
  }

  get position(): number {
    return this.#main.position;
  }

  get lowestPosition(): number {
    return Math.min(this.#main.position, this.#joining?.position ?? Infinity);
  }

  get ready(): ReadonlySet<number> {
    return this.#isUpToDate ? this.#main.parts : nothing;
  }

  get held(): ReadonlySet<number> {
    return new Set([...this.#main.parts, ...(this.#joining?.parts ?? [])]);
  }

  async step(): Promise<number> {
    const { parts, position } = this.#main;
    const batches = parts.size === 0 ? [] : await this.#reader.read(position);
    // Without partitions it is not read: what comes then has to catch up first.
    if (parts.size === 0) this.#isUpToDate = false;
    else if (batches.length < batchesPerStep) this.#isUpToDate = true;
    const last = batches.at(-1);
    if (last !== undefined) {
      this.#reader.begin(last.position);
      await this.#write(this.#main, batches, last.position);
    }
    return batches.length + (await this.#stepJoining());
  }

  hold(parts: ReadonlySet<number>): Promise<void> {
    return inTurn(this.#database, () => this.#hold(parts));
  }

  async #write(cohort: Cohort, batches: readonly LoggedBatch[], position: number): Promise<void> {
    const { writer } = this.#database;
    const taken = await inTurn(this.#database, () =>
      inTransaction(writer, () =>
        writeBatches(
          { connection: writer, tables: this.#appenders, rules: this.#rules() },
          cohort,
          batches,
          position,
        ),
      ),
    ).catch((error: unknown) => {
      this.#appenders = createAppenders(writer);
      throw error;
    });
    // Only now: a transaction that failed leaves everything as it was.
    take(cohort, taken);
    for (const name of ['batches', 'events', 'duplicates', 'tooLate'] as const)
      this.counters[name] += taken[name];
  }

  /** As they are in this turn: a unit that is erased later has its rows deleted in a later one. */
  #rules(): Omit<RowRules, 'parts'> {
    const { lateMs, erasures } = this.#settings;
    return erasures === undefined || erasures.isEmpty() ? { lateMs } : { lateMs, isErased: erasures.has };
  }

  /** Partitions that were taken over read what the others have read before; then they go on together. */
  async #stepJoining(): Promise<number> {
    const joining = this.#joining;
    if (joining === undefined) return 0;
    const { position } = this.#main;
    const read = await this.#log.read(joining.position, batchesPerStep);
    const batches = read.filter((batch) => batch.position <= position);
    const isThere =
      batches.length < read.length || read.length === 0 || batches.at(-1)!.position === position;
    const reached = isThere ? position : batches.at(-1)!.position;
    if (batches.length > 0 || isThere) await this.#write(joining, batches, reached);
    if (isThere) await inTurn(this.#database, () => this.#join(joining));
    return batches.length + (isThere ? 1 : 0);
  }

  async #join(joining: Cohort): Promise<void> {
    const { writer } = this.#database;
    await inTransaction(writer, async () => {
      await writer.run(`UPDATE partitions SET cohort = ${mainId}`);
      await forgetCohort(writer, joiningId);
    });
    for (const part of joining.parts) this.#main.parts.add(part);
    this.#joining = undefined;
  }

  async #hold(parts: ReadonlySet<number>): Promise<void> {
    const { writer } = this.#database;
    const { held } = this;
    const gone = [...held].filter((part) => !parts.has(part));
    const rest = [...(this.#joining?.parts ?? [])].filter((part) => parts.has(part));
    const isFree = rest.length === 0;
    // One group catches up at a time; what comes meanwhile waits for its turn.
    const come = isFree ? [...parts].filter((part) => !held.has(part)) : [];
    if (gone.length === 0 && come.length === 0) return;
    await inTransaction(writer, async () => {
      if (gone.length > 0) await removeParts(writer, gone);
      if (isFree) await forgetCohort(writer, joiningId);
      // There is nothing to catch up with before the first batch.
      if (come.length > 0) await addParts(writer, this.#main.position === 0 ? mainId : joiningId, come);
    });
    const cohorts = await readCohorts(writer);
    this.#main = cohorts.find(({ id }) => id === mainId)!;
    this.#joining = cohorts.find(({ id }) => id === joiningId);
  }
}

/** Remembers the log of a new database. */
async function checkSource(connection: DuckDBConnection, identity: string): Promise<void> {
  const [row] = (await connection.runAndReadAll('SELECT log FROM source WHERE id = 1')).getRows();
  if (row === undefined) {
    await inTransaction(connection, async () => {
      await connection.run('INSERT INTO source (id, log) VALUES (1, $1)', [identity]);
      await connection.run('INSERT INTO cohorts (id, position) VALUES (0, 0)');
    });
    return;
  }
  if (row[0] === identity) return;
  throw new LogReplacedError(`filled from ${String(row[0])}, asked to go on with ${identity}`);
}
