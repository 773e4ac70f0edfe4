// Publishes committed deltas on the push channel, in order, by the core that holds the lease "publisher". What was not
// marked published is published again: the channel drops duplicates. An outage of the channel only makes a backlog.
import { Heartbeat } from '@org/contract/gen/flags/v1/document';
import type { EnvironmentReplica } from '../application.ts';
import type { HitFailpoint } from '../domain/failpoints.ts';
import type { DeltaPublisher, Logger, Runtime } from '../domain/ports.ts';
import { assertLease, type DatabaseClock, type Lease } from '../store/lease-store.ts';
import { markPublished, readBacklogs, readOutbox, type Backlog } from '../store/outbox-store.ts';
import type { SqlDriver } from '../store/sql-driver.ts';
import { StoreError } from '../store/store-error.ts';
import { createSilence, type Silence } from './heartbeats.ts';
import { keepLease } from './lease-keeper.ts';
import { createWorker } from './worker.ts';

const rowsPerRead = 100;
const lookIntervalMs = 1_000;

export interface OutboxPublisherOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly publisher: DeltaPublisher;
  readonly holder: string;
  readonly failpoint: HitFailpoint;
  replicas(): Iterable<EnvironmentReplica>;
}

export interface OutboxPublisher {
  readonly isLeader: boolean;
  /** Revisions that the channel had not accepted at the last look. */
  readonly backlog: number;
  /** Heartbeats of the environments about which nothing was said for a while, if this core is the one to send them. */
  beat(): void;
  close(): Promise<void>;
}

/** Starts publishing as soon as the lease is taken. */
export function startOutboxPublisher(options: OutboxPublisherOptions): OutboxPublisher {
  const { driver, runtime, logger } = options;
  const silence = createSilence(runtime);
  let backlog = 0;
  const publishAll = async (): Promise<void> => {
    const lease = leadership.current();
    if (lease === undefined) return;
    const backlogs = await readBacklogs(driver);
    backlog = backlogs.reduce((sum, each) => sum + each.revision - each.publishedRevision, 0);
    const outcomes = await Promise.allSettled(
      backlogs.map((each) => publishEnvironment(options, each, lease, silence)),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    backlog = 0;
  };
  const worker = createWorker(runtime, publishAll, (error) => {
    if (error instanceof StoreError && error.code === 'LEASE_LOST') leadership.lose();
    logger.warn({ err: error, backlog }, 'Publishing stopped; trying again.');
  });
  const { clock, holder } = options;
  const leadership = keepLease({
    driver,
    clock,
    runtime,
    logger,
    name: 'publisher',
    holder,
    onTaken: worker.kick,
  });
  const stopWaking = driver.onWake(worker.kick);
  const cancel = runtime.every(lookIntervalMs, worker.kick);
  return {
    get isLeader() {
      return leadership.current() !== undefined;
    },
    get backlog() {
      return backlog;
    },
    beat() {
      if (leadership.current() === undefined) return;
      for (const replica of options.replicas()) {
        if (!silence.isLong(replica.environmentId)) continue;
        const heartbeat = Heartbeat.encode(replica.heartbeat('server').message).finish();
        options.publisher.heartbeat(replica.environmentId, heartbeat);
      }
    },
    async close() {
      cancel();
      stopWaking();
      await worker.close();
      await leadership.close();
    },
  };
}

async function publishEnvironment(
  options: OutboxPublisherOptions,
  backlog: Backlog,
  lease: Lease,
  silence: Silence,
): Promise<void> {
  const { environmentId, historyId } = backlog;
  let published = backlog.publishedRevision;
  while (published < backlog.revision) {
    const rows = await readOutbox(options.driver, backlog, published, rowsPerRead);
    const last = rows.at(-1);
    // Nothing is held of what is missing (a restored or long unpublished history): clients repair by snapshots.
    if (last === undefined) return mark(options, backlog, backlog.revision, lease);
    for (const { revision, payload } of rows) {
      options.failpoint('before-publish');
      // A fenced delta came after a later one: who needs it has been told so by the later one and repairs itself.
      const outcome = await options.publisher.publish({ environmentId, historyId, revision, payload });
      if (outcome === 'accepted') silence.broken(environmentId);
      options.failpoint('after-publish');
    }
    options.failpoint('before-mark-published');
    await mark(options, backlog, last.revision, lease);
    published = last.revision;
  }
}

const mark = (
  { driver, clock }: OutboxPublisherOptions,
  backlog: Backlog,
  revision: number,
  lease: Lease,
): Promise<void> =>
  driver.transaction(async (session) => {
    await assertLease(session, driver.dialect, clock, lease);
    await markPublished(session, backlog, revision);
  });
