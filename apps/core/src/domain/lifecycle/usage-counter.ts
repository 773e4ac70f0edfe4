// Counts evaluations of flags, as SDKs report them and as this core makes them, and adds them to the database now and then.
// Lossy by design: what a core had not written when it died is lost. Never in the way of anything else.
import type { Event } from '@org/contract/gen/flags/v1/event_service';
import type { Outcome } from '@org/evaluator';
import { addUsage, readUsage, type UsageRow } from '../../store/usage-store.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import type { Replica } from '../environment/replica.ts';
import type { Logger } from '../ports.ts';

export interface UsageCounterOptions {
  readonly driver: SqlDriver;
  readonly logger: Logger;
  readonly now: () => number;
  replica(environmentId: string): Replica | undefined;
  /** Hears of every evaluation that this core made. */
  onEvaluated?(environmentId: string, outcome: Outcome, count: number): void;
  replicas(): Iterable<Replica>;
}

export interface UsageCounter {
  /** Takes the evaluation counts of a stored batch. */
  fold(environmentId: string, events: readonly Event[]): void;
  /** Adds what was counted to the database; a failure keeps it for the next time. Never rejects. */
  flush(): Promise<void>;
  /** Everything counted so far, by flag; what is not written yet is in it. @throws {StoreError} */
  read(environmentId: string): Promise<ReadonlyMap<string, readonly UsageRow[]>>;
}

/** While the database is away, more flags than these are not counted. */
const pendingMax = 200_000;

/** Makes an empty counter. */
export function createUsageCounter(options: UsageCounterOptions): UsageCounter {
  let pending = new Map<string, UsageRow>();
  let flushing: Promise<void> = Promise.resolve();

  const add = (replica: Replica, flagKey: string, variant: string, evaluations: number): void => {
    if (!isKnown(replica, flagKey, variant) || !(evaluations > 0)) return;
    const { environmentId } = replica;
    merge(pending, { environmentId, flagKey, variant, evaluations, lastMs: options.now() });
  };
  const drain = (): void => {
    for (const replica of options.replicas()) {
      replica.evaluator.drainCounts((outcome, count) => {
        add(replica, outcome.flagKey, outcome.variant ?? '', count);
        options.onEvaluated?.(replica.environmentId, outcome, count);
      });
    }
  };
  const write = async (): Promise<void> => {
    drain();
    if (pending.size === 0) return;
    const rows = [...pending.values()];
    pending = new Map();
    try {
      await options.driver.transaction((session) => addUsage(session, rows));
    } catch (error) {
      options.logger.debug({ err: error }, 'Evaluation counts could not be written; trying again later.');
      for (const row of rows) merge(pending, row);
    }
  };
  return {
    fold(environmentId, events) {
      const replica = options.replica(environmentId);
      if (replica === undefined) return;
      for (const { body } of events) {
        if (body?.$case !== 'evaluationCount') continue;
        const { flagKey, variant, count } = body.value;
        add(replica, flagKey, variant, count);
      }
    },
    flush: () => (flushing = flushing.then(write)),
    async read(environmentId) {
      drain();
      const rows = new Map<string, UsageRow>();
      for (const row of await readUsage(options.driver, environmentId)) merge(rows, row);
      for (const row of pending.values()) if (row.environmentId === environmentId) merge(rows, row);
      return byFlag(rows.values());
    },
  };
}

/** What is no flag of the environment, or no variant of it, would fill the table with whatever somebody sends. */
function isKnown(replica: Replica, flagKey: string, variant: string): boolean {
  const variants = replica.state.documents.held('flag', flagKey)?.document['variants'];
  return variants !== undefined && (variant === '' || Object.hasOwn(variants as object, variant));
}

function merge(rows: Map<string, UsageRow>, row: UsageRow): void {
  const id = JSON.stringify([row.environmentId, row.flagKey, row.variant]);
  const before = rows.get(id);
  if (before === undefined && rows.size >= pendingMax) return;
  rows.set(
    id,
    before === undefined
      ? row
      : {
          ...row,
          evaluations: before.evaluations + row.evaluations,
          lastMs: Math.max(before.lastMs, row.lastMs),
        },
  );
}

function byFlag(rows: Iterable<UsageRow>): ReadonlyMap<string, readonly UsageRow[]> {
  const flags = new Map<string, UsageRow[]>();
  for (const row of rows) {
    const known = flags.get(row.flagKey);
    if (known === undefined) flags.set(row.flagKey, [row]);
    else known.push(row);
  }
  return flags;
}
