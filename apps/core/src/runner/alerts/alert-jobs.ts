// The jobs of alerts put together: looking, and sending what is to be told.
import type { SystemHealth } from '@org/automation';
import type { AnalyticsPort } from '../../application.ts';
import type { FleetService } from '../../domain/fleet/fleet-service.ts';
import type { Replica } from '../../domain/environment/replica.ts';
import type { DeltaPublisher, Logger, Runtime } from '../../domain/ports.ts';
import type { Notifier } from '../../notify/notifier.ts';
import type { DatabaseClock } from '../../store/lease-store.ts';
import { readBacklogs } from '../../store/outbox-store.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import type { LeasedJob } from '../leased-jobs.ts';
import { alertsJob } from './alerts-job.ts';
import { createAnalyticsWatch } from './analytics-watch.ts';
import { deliveriesJob } from './deliveries-job.ts';

export interface AlertJobsOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly notifier: Notifier;
  readonly fleet: Pick<FleetService, 'members'>;
  /** Undefined where there is none. */
  readonly publisher: DeltaPublisher | undefined;
  readonly analytics: AnalyticsPort | undefined;
  /** Between two looks, two questions, and before the second attempt; for tests. */
  readonly intervals?: AlertIntervals | undefined;
  replicas(): Iterable<Replica>;
  nameOf(environmentId: string): string;
}

export interface AlertIntervals {
  readonly lookMs?: number;
  readonly askMs?: number;
  readonly deliverMs?: number;
  readonly retryMs?: number;
}

export interface AlertJobs {
  readonly jobs: readonly LeasedJob[];
  /** How many fired at the last look of this core. */
  firing(): number;
}

/** Looking, and sending. */
export function createAlertJobs(options: AlertJobsOptions): AlertJobs {
  const { analytics, intervals = {} } = options;
  let firing = 0;
  const jobs = [
    alertsJob({
      ...options,
      watch: createAnalyticsWatch(analytics, intervals.askMs),
      intervalMs: intervals.lookMs,
      system: (replica) => systemOf(options, replica),
      onLooked: (count) => (firing = count),
    }),
    deliveriesJob({ ...options, intervalMs: intervals.deliverMs, retryMs: intervals.retryMs }),
  ];
  return { jobs, firing: () => firing };
}

async function systemOf(
  { driver, publisher, fleet }: AlertJobsOptions,
  { environmentId, revision }: Replica,
): Promise<Pick<SystemHealth, 'outboxBacklog' | 'pushConnected' | 'fleet'>> {
  const members = await fleet.members(environmentId);
  const standing = {
    members: members.length,
    refused: members.filter(({ status }) => status === 'APPLY_STATUS_REFUSED').length,
    behind: members.filter((member) => member.revision < revision).length,
  };
  if (publisher === undefined) return { fleet: standing };
  const own = (await readBacklogs(driver)).filter((backlog) => backlog.environmentId === environmentId);
  return {
    fleet: standing,
    outboxBacklog: own.reduce((all, backlog) => all + backlog.revision - backlog.publishedRevision, 0),
    pushConnected: publisher.isUp?.(),
  };
}
