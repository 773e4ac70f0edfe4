// Puts the domain together: databases, replicas, use cases, background work. The only place that knows all of it.
import { setTimeout as pause } from 'node:timers/promises';
import { noAnalytics } from '../analytics/analytics-client.ts';
import { createDefinitionsTeller } from '../analytics/tell-definitions.ts';
import type { AnalyticsPort, Application, ApplicationStatus, RunningApplication } from '../application.ts';
import { changeRequestJob } from '../runner/change-request-job.ts';
import { controllersJob } from '../runner/controller-runner.ts';
import { createNotifier, type Notifier } from '../notify/notifier.ts';
import { createGuardedGet } from '../outbound/guarded-get.ts';
import { createGuardedRequest } from '../outbound/guarded-request.ts';
import { createAlertJobs, type AlertJobs } from '../runner/alerts/alert-jobs.ts';
import { healthJob } from '../runner/health/health-job.ts';
import { createMetricReader } from '../runner/health/metric-reader.ts';
import { createReadings } from '../runner/health/readings.ts';
import { createTurns, heartbeatLookMs } from '../runner/heartbeats.ts';
import { eventLogTrimmer } from '../runner/event-log-trimmer.ts';
import { decisionsJob } from '../runner/experiment-decider.ts';
import { startRunner, type LeasedJob, type Runner } from '../runner/leased-jobs.ts';
import { startOutboxPublisher, type OutboxPublisher } from '../runner/outbox-publisher.ts';
import { databaseClockOf, type DatabaseClock } from '../store/lease-store.ts';
import { migrateEvents, migrateMain } from '../store/migrations.ts';
import { openDatabases, type Databases } from '../store/open-driver.ts';
import type { SqlDriver } from '../store/sql-driver.ts';
import { StoreError } from '../store/store-error.ts';
import { noteCounting } from '../store/usage-store.ts';
import { watchDriver, type WatchedDriver } from '../store/watched-driver.ts';
import { createAccessCache, type AccessCache } from './access/access-cache.ts';
import { createAccessService } from './access/access-service.ts';
import { referenceOf } from './access/access-state.ts';
import { bootstrapAdmin } from './access/bootstrap.ts';
import { createAlertLedger, type AlertLedger } from './alerts/alert-ledger.ts';
import { createAlertService } from './alerts/alert-service.ts';
import { createAdminService } from './admin-service.ts';
import type { ApplicationOptions } from './application-options.ts';
import { createAuditService } from './audit-service.ts';
import { createChangeRequestService } from './change-requests/change-request-service.ts';
import { createCommitService, type CommitService, type JudgeCommit } from './commit/commit-service.ts';
import { olderSdksStage } from './commit/older-sdks.ts';
import { startTail, type Tail } from './environment/tail.ts';
import { createEventService, type EventService } from './events/event-service.ts';
import { createJetStreamEventSink } from './events/jetstream-event-sink.ts';
import { createSqlEventSink } from './events/sql-event-sink.ts';
import { createExperimentService } from './experiments/experiment-service.ts';
import { createFailpoints, killSelf, type HitFailpoint } from './failpoints.ts';
import { createFleetService, type FleetService } from './fleet/fleet-service.ts';
import { createHistoryService } from './history/history-service.ts';
import { createListService } from './lists/list-service.ts';
import { createSourceJobs, createSourceService, type SourceJobs } from '../sources/source-jobs.ts';
import { createUsageCounter, type UsageCounter } from './lifecycle/usage-counter.ts';
import { createPolicies, type Policies } from './policy/policies.ts';
import { createCallLedger, type CallLedger } from './rollouts/call-ledger.ts';
import { createRolloutService } from './rollouts/rollout-service.ts';

export type { ApplicationOptions } from './application-options.ts';

const retryIntervalMs = 500;
const fleetIntervalMs = 5_000;
const sweepIntervalMs = 1_000;
const usageIntervalMs = 10_000;
const callsIntervalMs = 250;
const alertsIntervalMs = 1_000;
const definitionsIntervalMs = 2_000;

/**
 * Starts the domain; resolves when it is ready. Waits for ever for a database that does not answer.
 *
 * @throws on configurations that cannot work (a malformed bootstrap key, a database without durability)
 */
export async function createApplication(options: ApplicationOptions): Promise<RunningApplication> {
  const databases = await openDatabases(options.databaseUrl);
  try {
    const main = watchDriver(databases.main);
    const started = await untilAnswered(options, () => start(options, main, databases));
    return run(options, main, databases, started);
  } catch (error) {
    await databases.close();
    throw error;
  }
}

interface Started {
  readonly access: AccessCache;
  readonly tail: Tail;
  readonly firstAdminKey: string | undefined;
}

async function untilAnswered<T>({ logger }: ApplicationOptions, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'STORE_UNAVAILABLE') throw error;
      logger.warn({ err: error }, 'The database does not answer; trying again.');
      // The runtime's timers do not keep a process alive; this wait must.
      await pause(retryIntervalMs);
    }
  }
}

async function start(
  options: ApplicationOptions,
  main: WatchedDriver,
  databases: Databases,
): Promise<Started> {
  const { runtime, randomBytes, logger, bootstrapAdminKey } = options;
  await migrateMain(main);
  await migrateEvents(databases.events);
  await main.transaction((session) => noteCounting(session, runtime.now()));
  const firstAdminKey = await bootstrapAdmin(main, runtime.now(), randomBytes, bootstrapAdminKey);
  const access = await createAccessCache(main, runtime);
  const tail = await startTail({ driver: main, runtime, logger, access });
  return { access, tail, firstAdminKey };
}

/** Questions are asked when analytics knows what was committed before them: a metric of a moment ago is no unknown one. */
const afterTelling = (options: ApplicationOptions, tell: () => Promise<unknown>): ApplicationOptions => {
  const { analytics } = options;
  if (analytics === undefined) return options;
  const ask: AnalyticsPort['ask'] = async (...question) => {
    await tell();
    return analytics.ask(...question);
  };
  return { ...options, analytics: { ...analytics, ask } };
};

function run(
  options: ApplicationOptions,
  main: WatchedDriver,
  databases: Databases,
  started: Started,
): RunningApplication {
  const { runtime, logger } = options;
  const { access, tail } = started;
  const coreId = runtime.newId();
  const tellers = (options.analytics?.tell ?? []).map(createDefinitionsTeller);
  const asked = afterTelling(options, () =>
    Promise.all(tellers.map((teller) => teller.tellChanges(tail.replicas()))),
  );
  const services = createServices(options, main, databases, { ...started, coreId });
  const sources = createSourceJobs(options.sources ?? [], {
    ...{ driver: main, clock: clockOf(options, main), runtime, logger, commits: services.commits },
    environment: (reference) => access.state.environmentByReference(reference),
    replica: (id) => tail.replica(id),
  });
  const background = startBackground(
    options,
    { main, events: databases.events },
    tail,
    { ...services, sources },
    coreId,
  );
  const beatInTurns = createTurns();
  const cancels = [
    runtime.every(heartbeatLookMs, () => {
      beatInTurns(tail.replicas());
      background.publisher?.beat();
    }),
    runtime.every(fleetIntervalMs, () => {
      services.fleet
        .share()
        .catch((error: unknown) => logger.debug({ err: error }, 'The fleet could not be shared.'));
    }),
    runtime.every(sweepIntervalMs, () => access.sweep()),
    runtime.every(definitionsIntervalMs, () => {
      for (const teller of tellers) void teller.look(tail.replicas());
    }),
    runtime.every(usageIntervalMs, () => void services.usage.flush()),
    runtime.every(callsIntervalMs, () => void services.calls.flush()),
    runtime.every(alertsIntervalMs, () => void services.alertLedger.flush()),
  ];
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    for (const cancel of cancels) cancel();
    await Promise.all([background.runner.close(), background.publisher?.close()]);
    await tail.close();
    await services.events.idle();
    await services.usage.flush();
    await services.calls.flush();
    await services.alertLedger.flush();
    await databases.close();
  };
  return {
    application: applicationOf(asked, main, started, services, clockOf(options, main)),
    firstAdminKey: started.firstAdminKey,
    isReady: () => main.state !== 'unavailable',
    status: () => statusOf(main, tail, { ...services, sources }, background),
    close: () => (closing ??= close()),
  };
}

function statusOf(
  main: WatchedDriver,
  tail: Tail,
  { events, notifier, sources }: Pick<Services, 'events' | 'notifier'> & { readonly sources: SourceJobs },
  background: Background,
): ApplicationStatus {
  return {
    store: main.state,
    dialect: main.dialect,
    environments: [...tail.replicas()].length,
    publisher: background.publisher === undefined ? 'off' : roleOf(background.publisher),
    runner: roleOf(background.runner),
    outboxBacklog: background.publisher?.backlog ?? 0,
    sources: background.runner.isLeader ? sources.glance() : [],
    alertsFiring: background.runner.isLeader ? background.alerts.firing() : 0,
    counters: { ...events.counters, ...notifier.counters },
  };
}

interface Services {
  readonly commits: CommitService;
  readonly events: EventService;
  readonly fleet: FleetService;
  readonly usage: UsageCounter;
  readonly calls: CallLedger;
  readonly alertLedger: AlertLedger;
  readonly notifier: Notifier;
  readonly nameOf: (environmentId: string) => string;
  readonly failpoint: HitFailpoint;
  readonly policies: Policies;
  /** "project/environment" of an environment's id. */
  readonly reference: (environmentId: string) => string;
}

function createServices(
  options: ApplicationOptions,
  driver: WatchedDriver,
  databases: Databases,
  { tail, access, coreId }: Pick<Started, 'tail' | 'access'> & { readonly coreId: string },
): Services {
  const { runtime, logger } = options;
  const failpoint = createFailpoints(options.failpoints ?? '', killSelf);
  const sink =
    options.eventLog === undefined
      ? createSqlEventSink(databases.events, runtime.now)
      : createJetStreamEventSink(options.eventLog, runtime.now);
  const replica = (environmentId: string) => tail.replica(environmentId);
  const onDamage = (environmentId: string): void => tail.distrust(environmentId);
  const alertLedger = createAlertLedger({ driver, logger, now: runtime.now, replica });
  const policies = createPolicies(options.policyRules ?? []);
  const reference = (environmentId: string): string => {
    const row = access.state.environment(environmentId);
    return row === undefined ? environmentId : referenceOf(row);
  };
  const judge: JudgeCommit = ({ environmentId, policy: mode, reason }, changes) =>
    policies.judge({
      ...{ environment: reference(environmentId), mode, changes, reason },
      nowMs: runtime.now(),
    });
  const canaries = options.olderSdks === undefined ? [] : [olderSdksStage(options.olderSdks)];
  return {
    failpoint,
    policies,
    reference,
    usage: createUsageCounter({
      ...{ driver, logger, now: runtime.now, replica, replicas: () => tail.replicas() },
      onEvaluated: alertLedger.evaluated,
    }),
    alertLedger,
    notifier: createNotifier({
      channels: options.alertChannels ?? new Map(),
      request: createGuardedRequest(options.outboundAllow ?? []),
      now: runtime.now,
    }),
    nameOf: (environmentId) => {
      const row = access.state.environment(environmentId);
      return row === undefined ? environmentId : referenceOf(row);
    },
    calls: createCallLedger({ driver, runtime, logger, replica }),
    commits: createCommitService({ driver, runtime, replica, onDamage, failpoint, canaries, judge }),
    events: createEventService({ sink, logger }),
    fleet: createFleetService({ driver, runtime, coreId, revision: (id) => replica(id)?.revision ?? 0 }),
  };
}

function applicationOf(
  { runtime, randomBytes, push, analytics: configured, sources }: ApplicationOptions,
  driver: WatchedDriver,
  { access, tail }: Started,
  services: Services,
  clock: DatabaseClock,
): Application {
  const { alertLedger, notifier, nameOf } = services;
  const { commits, events, fleet, usage, calls, policies, reference } = services;
  const analytics: AnalyticsPort = configured ?? noAnalytics;
  const replica = (environmentId: string) => tail.replica(environmentId);
  const refresh = (): Promise<void> => tail.refresh();
  return {
    environments: {
      resolve(reference) {
        const row = access.state.environmentByReference(reference) ?? access.state.environment(reference);
        return row === undefined ? undefined : { id: row.id, reference: referenceOf(row) };
      },
      replica,
      allowedOrigins: (id) => access.state.environment(id)?.allowedOrigins ?? [],
    },
    admin: createAdminService({ driver, runtime, commits, usage, replica }),
    lists: createListService({ driver, runtime, commits, replica }),
    fleet: fleet.use,
    events: {
      async record(grant, request) {
        const stored = await events.use.record(grant, request);
        if (stored.ok && !stored.value.duplicate) {
          usage.fold(grant.environmentId, request.events);
          calls.fold(grant.environmentId, request.instanceId, request.events);
          alertLedger.fold(grant.environmentId, request.events);
        }
        return stored;
      },
    },
    access: createAccessService({ driver, runtime, randomBytes, cache: access, replica, refresh }),
    experiments: createExperimentService({ runtime, commits, analytics }),
    sources: createSourceService(sources ?? [], {
      driver,
      environment: (reference) => access.state.environmentByReference(reference),
    }),
    rollouts: createRolloutService({ driver, clock, commits, replica }),
    alerts: createAlertService({ driver, clock, runtime, notifier, replica, nameOf }),
    changeRequests: createChangeRequestService({ driver, runtime, commits, policies, replica, reference }),
    history: createHistoryService({ driver, runtime, replica }),
    audit: createAuditService(driver),
    analytics,
    push,
  };
}

const roleOf = ({ isLeader }: { readonly isLeader: boolean }): 'leader' | 'follower' =>
  isLeader ? 'leader' : 'follower';

const clockOf = ({ databaseClock }: ApplicationOptions, driver: WatchedDriver): DatabaseClock =>
  databaseClock ?? databaseClockOf(driver);

interface Background {
  readonly runner: Runner;
  readonly publisher: OutboxPublisher | undefined;
  readonly alerts: AlertJobs;
}

function startBackground(
  options: ApplicationOptions,
  { main: driver, events }: { readonly main: WatchedDriver; readonly events: SqlDriver },
  tail: Tail,
  {
    commits,
    failpoint,
    policies,
    reference,
    notifier,
    fleet,
    nameOf,
    sources,
  }: Services & { readonly sources: SourceJobs },
  holder: string,
): Background {
  const { runtime, logger, publisher, analytics } = options;
  const clock = clockOf(options, driver);
  const shared = { driver, clock, runtime, logger, holder, replicas: () => tail.replicas() };
  const health = {
    ...{ ...shared, commits, intervalMs: options.healthIntervalMs },
    readings: createReadings(createGuardedGet(options.outboundAllow ?? []), options.readingIntervalMs),
    metrics: createMetricReader(analytics ?? noAnalytics, options.readingIntervalMs),
  };
  const changeRequests = changeRequestJob({
    ...{ ...shared, commits, policies, reference, intervalMs: options.changeRequestIntervalMs },
  });
  const jobs: LeasedJob[] = [controllersJob({ ...shared, commits }), healthJob(health), changeRequests];
  jobs.push(...sources.jobs);
  const alerts = createAlertJobs({
    ...{ ...shared, notifier, fleet, nameOf, publisher, analytics, intervals: options.alertIntervals },
  });
  jobs.push(...alerts.jobs);
  if (analytics !== undefined) {
    jobs.push(decisionsJob({ ...shared, commits, analytics, intervalMs: options.decisionIntervalMs }));
  }
  const { eventLog, eventLogRetentionMs: retentionMs, trimIntervalMs: intervalMs } = options;
  if (eventLog === undefined && analytics?.logPosition !== undefined && retentionMs !== undefined) {
    const { logPosition } = analytics;
    const { now } = runtime;
    jobs.push(eventLogTrimmer({ events, analytics: { logPosition }, retentionMs, now, intervalMs }));
  }
  return {
    runner: startRunner(shared, jobs),
    alerts,
    publisher: publisher && startOutboxPublisher({ ...shared, publisher, failpoint }),
  };
}
