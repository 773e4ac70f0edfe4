// What the alerts of one environment are judged on, gathered from documents, counts and what the core knows of itself.
import {
  parseInstant,
  type AlertWorld,
  type BreakerStanding,
  type MinuteCounts,
  type RolloutStanding,
  type StandingAlert,
  type SystemHealth,
} from '@org/automation';
import { referencesOf } from '@org/evaluator';
import type { DocumentSource } from '../../domain/environment/document-set.ts';
import { eventOf } from '../../domain/alerts/watched-subjects.ts';
import { breakersOf, rolloutsOf } from '../../domain/rollouts/running.ts';
import type { AlertCountRow } from '../../store/alert-store.ts';
import type { AnalyticsNews, AnalyticsWants } from './analytics-watch.ts';

/** So far back counts are looked at. */
export const minutesBack = 180;
const minuteMs = 60_000;

export interface Surroundings {
  readonly documents: DocumentSource;
  readonly nowMs: number;
  readonly counts: readonly AlertCountRow[];
  readonly news: AnalyticsNews;
  readonly system: Pick<SystemHealth, 'outboxBacklog' | 'pushConnected' | 'fleet'>;
}

/** What analytics has to be asked for. */
export const wantsOf = (alerts: readonly StandingAlert[]): AnalyticsWants => ({
  experiments: alerts.some(
    ({ alert }) => alert.rule.type === 'sample_ratio' || alert.rule.type === 'guardrail',
  ),
  pipeline: alerts.some(
    ({ alert }) => alert.rule.type === 'system' && alert.rule.condition.startsWith('analytics'),
  ),
});

/** The world as it is now. */
export function lookAround({ documents, nowMs, counts, news, system }: Surroundings): AlertWorld {
  // The minute that runs is not over: it would look like a fall.
  const lastMinute = Math.floor(nowMs / minuteMs) - 1;
  const bySubject = new Map<string, AlertCountRow[]>();
  for (const row of counts) {
    const own = bySubject.get(row.subject);
    if (own === undefined) bySubject.set(row.subject, [row]);
    else own.push(row);
  }
  return {
    nowMs,
    counts(subject) {
      const rows = bySubject.get(subject);
      return rows && minuteCounts(rows, lastMinute, changedAtMs(documents, subject));
    },
    eventOf: (metric) => eventOf(documents, metric),
    experiments: news.experiments,
    rollouts: rolloutsOf(documents).map(({ key, rollout: { life } }): RolloutStanding => {
      const since = life?.endedAt ?? (life?.state === 'paused' ? life.last.at : life?.stageStartedAt);
      return {
        key,
        state: life?.state ?? 'draft',
        sinceMs: parseInstant(since) ?? nowMs,
        reasons: life?.last.reasons ?? [],
      };
    }),
    breakers: breakersOf(documents).map(({ key, breaker: { life } }): BreakerStanding => ({
      key,
      state: life?.state ?? 'closed',
      variant: life?.variant ?? '',
    })),
    system: { ...system, analyticsAnswers: news.answers, batchesBehind: news.batchesBehind },
  };
}

/** Minutes without a count are zeros, from the first one on that has one. */
function minuteCounts(
  rows: readonly AlertCountRow[],
  lastMinute: number,
  changedMs: number,
): MinuteCounts | undefined {
  const known = rows.filter(({ minute }) => minute <= lastMinute);
  if (known.length === 0) return undefined;
  const first = Math.max(lastMinute - minutesBack + 1, Math.min(...known.map(({ minute }) => minute)));
  const length = lastMinute - first + 1;
  const series: { [label: string]: number[] } = {};
  for (const { label, minute, amount } of known) {
    if (minute < first) continue;
    const own = (series[label] ??= Array.from({ length }, () => 0));
    own[minute - first]! += amount;
  }
  // SDKs tell of a change a moment after it: the minute of it and the next belong to neither.
  const minutesSinceChange = Math.max(0, lastMinute - Math.floor(changedMs / minuteMs) - 1);
  return { series, minutesSinceChange };
}

/** When what decides about a flag was changed last: itself, overlays on it, what it refers to. */
function changedAtMs(documents: DocumentSource, subject: string): number {
  const flag = /^(?:evaluations|reasons):([^]*)$/.exec(subject)?.[1];
  const held = flag === undefined ? undefined : documents.held('flag', flag);
  if (flag === undefined || held === undefined) return 0;
  const overlays = [...documents.dependants('flag', flag)].filter(({ kind }) => kind === 'overlay');
  const others = [...overlays, ...referencesOf('flag', held.document)];
  return Math.max(
    held.changedAtMs,
    ...others.map(({ kind, key }) => documents.held(kind, key)?.changedAtMs ?? 0),
  );
}
