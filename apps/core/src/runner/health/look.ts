// One look at one environment: what is watched there, what was reported, and what the controllers make of it. No I/O.
import {
  addReports,
  alarmLimits,
  confirmedAlarms,
  evaluatedKey,
  groupsOf,
  noAlarms,
  overlayRule,
  rolloutOverlayKey,
  rulesOf,
  statusFor,
  stepBreaker,
  stepRollout,
  type Alarm,
  type AlarmStatus,
  type BreakerStatus,
  type CallReport,
  type CommitRefusal,
  type ControllerCommit,
  type MetricHealth,
  type Reading,
  type StandingRollout,
  type Subject,
} from '@org/automation';
import type { Metric, Overlay, Rollout } from '@org/contract/model';
import type { Replica } from '../../domain/environment/replica.ts';
import type { KnownStatus } from '../../domain/rollouts/rollout-status.ts';
import {
  breakersOf,
  exposingRollouts,
  shippedTarget,
  type StandingBreaker,
} from '../../domain/rollouts/running.ts';
import type { StatusRow, ToldMetric } from '../../store/controller-store.ts';
import type { MetricRequest } from './metric-reader.ts';

/** What is watched in an environment. */
export interface Watched {
  readonly replica: Replica;
  readonly rollouts: readonly (StandingRollout & {
    readonly changedAtMs: number;
    readonly hasCustomRules: boolean;
  })[];
  readonly breakers: readonly StandingBreaker[];
  /** Flags that overlays change, or that have a breaker. */
  readonly flags: ReadonlySet<string>;
  /** For those who keep something for a rollout. */
  readonly subjects: readonly string[];
  readonly isEmpty: boolean;
}

/** Where a look gets what it sees. */
export interface LookSources {
  readonly nowMs: number;
  readonly reports: readonly CallReport[];
  readonly told: readonly ToldMetric[];
  status(kind: string, key: string): unknown;
  refusals(kind: string, key: string, revision: number): readonly CommitRefusal[];
  readings(key: string, rollout: Rollout): { readonly [ruleId: string]: Reading };
  metrics(request: MetricRequest): MetricHealth | undefined;
}

/** Commits that a controller asks for. */
export interface Proposal {
  readonly kind: 'rollout' | 'breaker';
  readonly subject: { readonly key: string; readonly revision: number };
  readonly commits: readonly ControllerCommit[];
}

export interface EnvironmentLook {
  readonly replica: Replica;
  readonly statuses: readonly StatusRow[];
  readonly proposals: readonly Proposal[];
  /** Confirmed alarms about overlays that no controller here looks after. */
  readonly foreign: readonly {
    readonly overlayKey: string;
    readonly flagKey: string;
    readonly alarm: Alarm;
  }[];
}

/** What there is to watch. */
export function watchedIn(replica: Replica): Watched {
  const { documents } = replica.state;
  const rollouts = exposingRollouts(documents).map((each) => ({
    ...each,
    changedAtMs: documents.held('rollout', each.key)?.changedAtMs ?? 0,
    hasCustomRules: rulesOf(each.rollout).some(({ type }) => type === 'custom'),
  }));
  const breakers = breakersOf(documents);
  const overlaid = [...documents.ofKind('overlay')].map(({ document }) => document as unknown as Overlay);
  const flags = new Set([
    ...overlaid.map(({ target }) => evaluatedKey(target)),
    ...breakers.map(({ breaker }) => breaker.target.key),
  ]);
  const subjects = rollouts.map(({ key }) => `${replica.environmentId} ${key}`);
  return { replica, rollouts, breakers, flags, subjects, isEmpty: flags.size === 0 };
}

/** Looks. */
export function lookAtEnvironment(watched: Watched, sources: LookSources): EnvironmentLook {
  const { replica, rollouts, breakers, flags } = watched;
  const { environmentId } = replica;
  const statuses: StatusRow[] = [];
  const proposals: Proposal[] = [];
  const alarms = new Map<string, readonly Alarm[]>();
  for (const flagKey of flags) {
    const known = (sources.status('alarm', flagKey) ?? noAlarms) as AlarmStatus;
    const own = sources.reports.filter((report) => report.flagKey === flagKey);
    const status = addReports(known, own, sources.nowMs);
    if (status.outcomes.length + known.outcomes.length > 0)
      statuses.push({ environmentId, kind: 'alarm', key: flagKey, status });
    alarms.set(flagKey, confirmedAlarms(status, limitsOf(flagKey, breakers)));
  }
  for (const each of rollouts) {
    const step = lookAtRollout(watched, each, sources, alarms.get(evaluatedKey(each.rollout.target)) ?? []);
    statuses.push({ environmentId, kind: 'rollout', key: each.key, status: step.known });
    proposals.push({ kind: 'rollout', subject: each, commits: step.commits });
  }
  for (const each of breakers) {
    const step = lookAtBreaker(watched, each, sources, alarms.get(each.breaker.target.key) ?? []);
    statuses.push({ environmentId, kind: 'breaker', key: each.key, status: step.status });
    proposals.push({ kind: 'breaker', subject: each, commits: step.commits });
  }
  return { replica, statuses, proposals, foreign: foreignAlarms(watched, alarms) };
}

const limitsOf = (flagKey: string, breakers: readonly StandingBreaker[]) => {
  const breaker = breakers.find((each) => each.breaker.target.key === flagKey)?.breaker;
  return {
    instances: breaker?.instances ?? alarmLimits.instances,
    units: breaker?.units ?? alarmLimits.units,
  };
};

function lookAtRollout(
  { replica }: Watched,
  { key, revision, changedAtMs, rollout }: Watched['rollouts'][number],
  sources: LookSources,
  alarms: readonly Alarm[],
): { readonly known: KnownStatus; readonly commits: readonly ControllerCommit[] } {
  const { documents } = replica.state;
  const subject: Subject<Rollout> = { key, revision, changedAtMs, spec: rollout };
  const known = sources.status('rollout', key) as KnownStatus | undefined;
  const before = statusFor(subject, known?.status, sources.nowMs);
  const rules = rulesOf(rollout);
  const rule = overlayRule(rolloutOverlayKey(key));
  const metric = (name: string): Metric | undefined =>
    documents.held('metric', name)?.document as unknown as Metric | undefined;
  const step = stepRollout(
    subject,
    before,
    {
      ...groupsOf(key, rollout, rules, sources.reports, before.sinceRevision),
      refusals: sources.refusals('rollout', key, revision),
      readings: { ...sources.readings(key, rollout), ...toldReadings(rollout, key, sources.told) },
      metrics: sources.metrics({ environmentId: replica.environmentId, key, rollout, metric }),
      faults: [],
      alarms: alarms
        .filter((alarm) => alarm.rule === rule && alarm.variant === rollout.variant)
        .filter((alarm) => alarm.revision >= before.sinceRevision)
        .map(({ text }) => text),
      target: shippedTarget(documents, rollout),
    },
    sources.nowMs,
  );
  const { status, health, waiting, commits } = step;
  return { known: { status, health, waiting }, commits };
}

const toldReadings = (
  rollout: Rollout,
  key: string,
  told: readonly ToldMetric[],
): { readonly [ruleId: string]: Reading } =>
  Object.fromEntries(
    rulesOf(rollout).flatMap((rule) => {
      const found =
        rule.type === 'custom' && told.find((each) => each.key === key && each.metric === rule.metric);
      return found ? [[rule.id, { atMs: found.atMs, value: found.value }] as const] : [];
    }),
  );

function lookAtBreaker(
  { replica }: Watched,
  { key, revision, changedAtMs, breaker }: StandingBreaker,
  sources: LookSources,
  alarms: readonly Alarm[],
) {
  const flagKey = breaker.target.key;
  const live = flagRevision(replica, flagKey);
  const isLive = (each: { readonly revision: number }): boolean => each.revision >= live;
  return stepBreaker(
    { key, revision, changedAtMs, spec: breaker },
    sources.status('breaker', key) as BreakerStatus | undefined,
    {
      reports: sources.reports.filter((report) => report.flagKey === flagKey && isLive(report)),
      alarms: alarms.filter(isLive),
    },
    sources.nowMs,
  );
}

/**
 * What was reported of an earlier version of a flag says nothing of this one. Read from the documents: an evaluation would count
 * as one of the application's.
 */
function flagRevision({ state: { documents } }: Replica, flagKey: string): number {
  const own = documents.held('flag', flagKey)?.revision ?? 0;
  const overlays = [...documents.dependants('flag', flagKey)]
    .filter(({ kind }) => kind === 'overlay')
    .map(({ kind, key }) => documents.held(kind, key)?.revision ?? 0);
  return Math.max(own, ...overlays);
}

const overlayPrefix = 'overlay:';
const lookedAfter = ['rollout:', 'breaker:'] as const;

function foreignAlarms(
  { replica }: Watched,
  alarms: ReadonlyMap<string, readonly Alarm[]>,
): EnvironmentLook['foreign'] {
  return [...alarms].flatMap(([flagKey, list]) =>
    list.flatMap((alarm) => {
      if (!alarm.rule.startsWith(overlayPrefix) || alarm.revision < flagRevision(replica, flagKey)) return [];
      const overlayKey = alarm.rule.slice(overlayPrefix.length);
      if (lookedAfter.some((prefix) => overlayKey.startsWith(prefix))) return [];
      const isThere = replica.state.documents.held('overlay', overlayKey) !== undefined;
      return isThere ? [{ overlayKey, flagKey, alarm }] : [];
    }),
  );
}
