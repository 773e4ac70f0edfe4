// Looks at every alert again and again, by the one core that holds the lease. How an alert stands and what is to be told of it are
// written in one transaction: nobody is told twice, or never, whoever dies when.
import {
  endAlert,
  judgeAlert,
  stepAlert,
  type AlertNotice,
  type AlertStatus,
  type AlertStep,
  type StandingAlert,
  type SystemHealth,
} from '@org/automation';
import { alertsOf } from '../../domain/alerts/watched-subjects.ts';
import type { Replica } from '../../domain/environment/replica.ts';
import type { Logger } from '../../domain/ports.ts';
import type { AlertMessage } from '../../notify/message.ts';
import {
  readAcknowledgements,
  readAlertCounts,
  readDeliveries,
  readSilences,
  trimAlerts,
  writeDeliveries,
  type DeliveryRow,
} from '../../store/alert-store.ts';
import { deleteStatuses, writeStatuses, type StatusRow } from '../../store/controller-store.ts';
import { assertLease, type DatabaseClock, type Lease } from '../../store/lease-store.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import { createStatusMemory, type StatusMemory } from '../health/status-memory.ts';
import type { LeasedJob } from '../leased-jobs.ts';
import type { AnalyticsWatch } from './analytics-watch.ts';
import { lookAround, minutesBack, wantsOf } from './look-around.ts';

export interface AlertsOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly watch: AnalyticsWatch;
  /** Between two looks; five seconds. */
  readonly intervalMs?: number | undefined;
  replicas(): Iterable<Replica>;
  /** What the core knows of the installation. */
  system(replica: Replica): Promise<Pick<SystemHealth, 'outboxBacklog' | 'pushConnected' | 'fleet'>>;
  /** project/environment. */
  nameOf(environmentId: string): string;
  /** How many fire, after each look. */
  onLooked?(firing: number): void;
}

const lookIntervalMs = 5_000;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const keptDays = 30;
const deliveriesLookedAt = 50;
/** What did not change is written with each so many looks; what is over is forgotten then. */
const looksPerWrite = 12;

interface Memory {
  readonly statuses: StatusMemory;
  looks: number;
}

/** Alerts as a job of the runner. */
export function alertsJob(options: AlertsOptions): LeasedJob {
  const memory: Memory = { statuses: createStatusMemory(), looks: 0 };
  return {
    name: 'alerts',
    intervalMs: options.intervalMs ?? lookIntervalMs,
    look: (lease) => lookAtAlerts(options, memory, lease),
  };
}

async function lookAtAlerts(options: AlertsOptions, memory: Memory, lease: Lease): Promise<void> {
  const { driver, clock } = options;
  await memory.statuses.enter(driver, lease);
  const nowMs = await clock(driver);
  memory.looks += 1;
  const isWriting = memory.looks % looksPerWrite === 1;
  for (const replica of options.replicas())
    await lookAtOne(options, memory, { lease, replica, nowMs, isWriting });
  options.onLooked?.(countFiring(options, memory));
  if (!isWriting) return;
  const beforeMinute = Math.floor(nowMs / minuteMs) - minutesBack - 10;
  await driver.transaction((session) =>
    trimAlerts(session, { beforeMinute, beforeMs: nowMs - keptDays * dayMs }),
  );
}

function countFiring(options: AlertsOptions, { statuses }: Memory): number {
  let firing = 0;
  for (const { environmentId } of options.replicas())
    for (const key of statuses.keysOf(environmentId, 'alert'))
      if ((statuses.get(environmentId, 'alert', key) as AlertStatus).state === 'firing') firing += 1;
  return firing;
}

interface Turn {
  readonly lease: Lease;
  readonly replica: Replica;
  readonly nowMs: number;
  readonly isWriting: boolean;
}

async function lookAtOne(options: AlertsOptions, memory: Memory, turn: Turn): Promise<void> {
  const { replica, nowMs } = turn;
  const alerts = alertsOf(replica.state.documents);
  const live = alerts.filter(({ alert }) => alert.paused !== true);
  const steps = [
    ...(live.length === 0 ? [] : await stepsOf(options, memory, replica, live, nowMs)),
    ...endedSteps(memory, replica, alerts, nowMs),
  ];
  await keep(options, memory, turn, steps);
}

interface Stepped extends AlertStep {
  readonly standing: StandingAlert | undefined;
  readonly key: string;
  readonly before: AlertStatus | undefined;
}

async function stepsOf(
  { driver, watch, system }: AlertsOptions,
  { statuses }: Memory,
  replica: Replica,
  live: readonly StandingAlert[],
  nowMs: number,
): Promise<readonly Stepped[]> {
  const { environmentId } = replica;
  const silences = await readSilences(driver, environmentId, nowMs);
  const acknowledged = new Set(
    (await readAcknowledgements(driver, environmentId)).map(({ incidentId }) => incidentId),
  );
  const world = lookAround({
    documents: replica.state.documents,
    nowMs,
    counts: await readAlertCounts(driver, environmentId, Math.floor(nowMs / minuteMs) - minutesBack),
    news: watch.latest(replica, wantsOf(live), nowMs),
    system: await system(replica),
  });
  return live.map((standing) => {
    const { key } = standing;
    const before = statuses.get(environmentId, 'alert', key) as AlertStatus | undefined;
    const isSilenced = silences.some(({ key: silenced }) => silenced === '' || silenced === key);
    const judgement = judgeAlert(standing.alert.rule, world);
    const step = stepAlert(standing, before, judgement, { nowMs, isSilenced, acknowledged });
    return { ...step, standing, key, before };
  });
}

/** Alerts that are gone or paused, and still fire in what is known. */
function endedSteps(
  { statuses }: Memory,
  { environmentId }: Replica,
  alerts: readonly StandingAlert[],
  nowMs: number,
): readonly Stepped[] {
  const byKey = new Map(alerts.map((standing) => [standing.key, standing]));
  return statuses.keysOf(environmentId, 'alert').flatMap((key) => {
    const standing = byKey.get(key);
    const before = statuses.get(environmentId, 'alert', key) as AlertStatus | undefined;
    if (before === undefined || (standing !== undefined && standing.alert.paused !== true)) return [];
    if (standing !== undefined && before.state === 'ok' && before.incident === undefined) return [];
    const text = standing === undefined ? 'The alert was removed.' : 'The alert was paused.';
    return [{ ...endAlert(before, nowMs, text), standing, key, before }];
  });
}

async function keep(
  options: AlertsOptions,
  { statuses }: Memory,
  { lease, replica, nowMs, isWriting }: Turn,
  steps: readonly Stepped[],
): Promise<void> {
  const { driver, clock, logger } = options;
  const { environmentId } = replica;
  const moved = steps.filter((step) => isWriting || hasMoved(step));
  const rowOf = ({ key, status }: Stepped): StatusRow => ({ environmentId, kind: 'alert', key, status });
  const gone = moved.filter(({ standing }) => standing === undefined);
  const told = moved.flatMap((step) => deliveriesOf(options, environmentId, step, nowMs));
  for (const step of gone) told.push(...(await farewells(driver, environmentId, step, nowMs)));
  if (moved.length > 0)
    await driver.transaction(async (transaction) => {
      await assertLease(transaction, driver.dialect, clock, lease);
      await writeStatuses(transaction, moved.filter(({ standing }) => standing !== undefined).map(rowOf));
      await deleteStatuses(
        transaction,
        environmentId,
        'alert',
        gone.map(({ key }) => key),
      );
      await writeDeliveries(transaction, told);
    });
  for (const step of steps)
    if (step.standing === undefined) statuses.delete(environmentId, 'alert', step.key);
    else statuses.set(rowOf(step));
  for (const { key, notices } of moved)
    for (const { event, incidentId } of notices)
      logger.info({ environmentId, alert: key, event, incident: incidentId }, 'An alert is told.');
}

const hasMoved = ({ before, status, notices, standing }: Stepped): boolean =>
  notices.length > 0 ||
  standing === undefined ||
  before?.state !== status.state ||
  before.revision !== status.revision ||
  before.incident?.id !== status.incident?.id ||
  before.judgement.verdict !== status.judgement.verdict;

function deliveriesOf(
  { nameOf }: AlertsOptions,
  environmentId: string,
  step: Stepped,
  nowMs: number,
): readonly DeliveryRow[] {
  const { standing, key, notices, status } = step;
  return notices.flatMap((notice) =>
    (standing?.alert.channels ?? []).map((channel): DeliveryRow => ({
      environmentId,
      id: notice.id,
      channel,
      key,
      event: notice.event,
      message: JSON.stringify(messageOf(standing!, notice, status, nameOf(environmentId))),
      state: 'waiting',
      attempts: 0,
      dueMs: nowMs,
      problem: '',
      createdAtMs: nowMs,
    })),
  );
}

/** An alert that was removed took its channels with it: its end is told to whom its beginning was. */
async function farewells(
  driver: SqlDriver,
  environmentId: string,
  { key, notices }: Stepped,
  nowMs: number,
): Promise<readonly DeliveryRow[]> {
  const [notice] = notices;
  if (notice === undefined) return [];
  const before = await readDeliveries(driver, environmentId, key, deliveriesLookedAt);
  const first = new Map(before.map((row) => [row.channel, row]));
  return [...first.values()].flatMap((row): readonly DeliveryRow[] => {
    const message = JSON.parse(row.message) as AlertMessage;
    if (message.incident !== notice.incidentId) return [];
    const { id, event, text } = notice;
    const told = JSON.stringify({ ...message, id, event, text });
    const fresh = { state: 'waiting', attempts: 0, problem: '', dueMs: nowMs, createdAtMs: nowMs } as const;
    return [{ ...row, ...fresh, id, event, message: told }];
  });
}

/** What is told of an alert. */
export function messageOf(
  { key, alert }: StandingAlert,
  { id, event, incidentId, startedMs, text }: Omit<AlertNotice, 'event'> & Pick<AlertMessage, 'event'>,
  status: Pick<AlertStatus, 'judgement'> | undefined,
  environment: string,
): AlertMessage {
  const { severity = 'warning', rule, description, owner, runbook } = alert;
  return {
    id,
    event,
    alert: {
      ...{ key, severity, type: rule.type },
      ...(description === undefined ? {} : { description }),
      ...(owner === undefined ? {} : { owner }),
      ...(runbook === undefined ? {} : { runbook }),
    },
    environment,
    incident: incidentId,
    startedAt: new Date(startedMs).toISOString(),
    text,
    numbers: status?.judgement.numbers ?? {},
  };
}
