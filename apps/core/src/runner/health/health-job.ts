// Watches rollouts, breakers and whatever overlays stage: counts what the fleet reports, each report once, asks the pure
// controllers what to do, and makes their commits under the runner's lease.
import type { CallReport, ControllerCommit, MetricHealth } from '@org/automation';
import type { CommitService } from '../../domain/commit/commit-service.ts';
import type { Replica } from '../../domain/environment/replica.ts';
import type { Logger } from '../../domain/ports.ts';
import {
  deleteReports,
  readReports,
  readToldMetrics,
  writeStatuses,
  type ReportRow,
  type StatusRow,
  type ToldMetric,
} from '../../store/controller-store.ts';
import { assertLease, type DatabaseClock, type Lease } from '../../store/lease-store.ts';
import type { SqlDriver, SqlTransaction } from '../../store/sql-driver.ts';
import { controllerCommand, faultText, meaningOf } from '../controller-commit.ts';
import type { LeasedJob } from '../leased-jobs.ts';
import { endOverlays } from './end-overlays.ts';
import { lookAtEnvironment, watchedIn, type EnvironmentLook, type Watched } from './look.ts';
import type { MetricReader } from './metric-reader.ts';
import type { Readings } from './readings.ts';
import { createStatusMemory, type StatusMemory } from './status-memory.ts';

export interface HealthOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly commits: CommitService;
  readonly readings: Readings;
  readonly metrics: MetricReader;
  /** Between two looks; half a second. */
  readonly intervalMs?: number | undefined;
  replicas(): Iterable<Replica>;
}

const lookIntervalMs = 500;
/** What is known is written with each tenth look while nothing is counted. */
const looksPerWrite = 10;
const refusalsMax = 1_000;

interface Memory {
  readonly statuses: StatusMemory;
  /** Refused commits by the revision of the document that they follow from. */
  readonly refusals: Map<string, { readonly step: string; readonly message: string }[]>;
  looks: number;
}

/** Watching as a job of the runner. */
export function healthJob(options: HealthOptions): LeasedJob {
  const memory: Memory = { statuses: createStatusMemory(), refusals: new Map(), looks: 0 };
  return {
    name: 'health',
    intervalMs: options.intervalMs ?? lookIntervalMs,
    look: (lease) => lookAtHealth(options, memory, lease),
  };
}

/** Looks once at everything that is watched. */
async function lookAtHealth(options: HealthOptions, memory: Memory, lease: Lease): Promise<void> {
  const { driver, clock } = options;
  const watched = [...options.replicas()].map(watchedIn).filter(({ isEmpty }) => !isEmpty);
  options.readings.retain(new Set(watched.flatMap(({ subjects }) => subjects)));
  if (watched.length === 0) return;
  await memory.statuses.enter(driver, lease);
  const nowMs = await clock(driver);
  const reports = await readReports(driver);
  const looks: EnvironmentLook[] = [];
  for (const each of watched) {
    const told = await toldTo(driver, each);
    looks.push(lookAtEnvironment(each, { ...sources(options, memory, each, reports, nowMs), told, nowMs }));
  }
  const rows = looks.flatMap(({ statuses }) => statuses);
  await keep(options, memory, lease, reports, rows);
  for (const look of looks) {
    await makeCommits(options, memory, lease, look);
    await endOverlays(options, lease, look, nowMs);
  }
}

function sources(
  { readings, metrics }: HealthOptions,
  { statuses, refusals }: Memory,
  { replica }: Watched,
  reports: readonly ReportRow[],
  nowMs: number,
) {
  const { environmentId } = replica;
  return {
    reports: reports
      .filter((row) => row.environmentId === environmentId)
      .flatMap((row): readonly CallReport[] => row.reports),
    status: (kind: string, key: string): unknown => statuses.get(environmentId, kind, key),
    refusals: (kind: string, key: string, revision: number) =>
      refusals.get(refusalId(environmentId, kind, key, revision)) ?? [],
    readings: (key: string, rollout: Parameters<Readings['latest']>[1]) =>
      readings.latest(`${environmentId} ${key}`, rollout, nowMs),
    metrics: (request: Parameters<MetricReader['latest']>[0]): MetricHealth | undefined =>
      metrics.latest(request, nowMs),
  };
}

async function toldTo(driver: SqlDriver, { replica, rollouts }: Watched): Promise<readonly ToldMetric[]> {
  const told: ToldMetric[] = [];
  for (const { key, hasCustomRules } of rollouts)
    if (hasCustomRules) told.push(...(await readToldMetrics(driver, replica.environmentId, key)));
  return told;
}

/** Reports go and what follows from them comes in one transaction: each is counted once, whoever dies when. */
async function keep(
  { driver, clock }: HealthOptions,
  memory: Memory,
  lease: Lease,
  reports: readonly ReportRow[],
  rows: readonly StatusRow[],
): Promise<void> {
  memory.looks += 1;
  if (reports.length > 0 || memory.looks % looksPerWrite === 1) {
    await driver.transaction(async (transaction) => {
      await assertLease(transaction, driver.dialect, clock, lease);
      await deleteReports(transaction, reports);
      await writeStatuses(transaction, rows);
    });
  }
  for (const row of rows) memory.statuses.set(row);
}

const refusalId = (environmentId: string, kind: string, key: string, revision: number): string =>
  JSON.stringify([environmentId, kind, key, revision]);

async function makeCommits(
  options: HealthOptions,
  memory: Memory,
  lease: Lease,
  { replica, proposals }: EnvironmentLook,
): Promise<void> {
  for (const { kind, subject, commits } of proposals) {
    for (const commit of commits) {
      const refused = await makeCommit(options, lease, replica, { kind, subject, commit });
      if (refused === undefined) continue;
      const id = refusalId(replica.environmentId, kind, subject.key, subject.revision);
      if (memory.refusals.size >= refusalsMax) memory.refusals.clear();
      memory.refusals.set(id, [...(memory.refusals.get(id) ?? []), refused]);
    }
  }
}

interface OneCommit {
  readonly kind: string;
  readonly subject: { readonly key: string; readonly revision: number };
  readonly commit: ControllerCommit;
}

/** What is to be told to the controller: that the commit was refused for good. */
async function makeCommit(
  { commits, driver, clock, logger }: HealthOptions,
  lease: Lease,
  { environmentId }: Replica,
  { kind, subject, commit }: OneCommit,
): Promise<{ readonly step: string; readonly message: string } | undefined> {
  const fence = (transaction: SqlTransaction): Promise<void> =>
    assertLease(transaction, driver.dialect, clock, lease);
  const command = controllerCommand({ environmentId, controller: { kind }, subject, commit, fence });
  const result = await commits.execute(command);
  const where = { environmentId, controller: kind, key: subject.key, step: commit.step };
  if (result.ok) {
    logger.info({ ...where, revision: result.value.revision?.revision }, 'A controller committed.');
    return undefined;
  }
  const meaning = meaningOf(result.fault, kind, subject.key);
  logger.warn({ ...where, code: result.fault.code, meaning }, 'A controller could not commit.');
  return meaning === 'refused' ? { step: commit.step, message: faultText(result.fault) } : undefined;
}
