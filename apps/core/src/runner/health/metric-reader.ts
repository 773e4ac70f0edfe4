// Asks analytics what the guardrail metrics of rollouts say. In the background: nothing waits for analytics.
import {
  comparisonKey,
  comparisonOf,
  logHarm,
  alphaPerRule,
  rulesOf,
  type MetricHealth,
} from '@org/automation';
import type { ExperimentResults, MetricResults } from '@org/contract/gen/flags/v1/analytics_service';
import type { Metric, Rollout } from '@org/contract/model';
import type { AnalyticsPort } from '../../application.ts';
import { readResults } from '../../domain/experiments/experiment-service.ts';

export interface MetricReader {
  /** What is known of the stage that runs, and asks anew when that is due. */
  latest(request: MetricRequest, nowMs: number): MetricHealth | undefined;
}

export interface MetricRequest {
  readonly environmentId: string;
  readonly key: string;
  readonly rollout: Rollout;
  metric(key: string): Metric | undefined;
}

interface Held {
  readonly stage: string;
  askedMs: number;
  health?: MetricHealth;
}

const intervalMsDefault = 15_000;

export function createMetricReader(analytics: AnalyticsPort, intervalMs = intervalMsDefault): MetricReader {
  const held = new Map<string, Held>();
  return {
    latest(request, nowMs) {
      const { environmentId, key, rollout } = request;
      const id = JSON.stringify([environmentId, key]);
      if (comparisonOf(rollout) === undefined) {
        held.delete(id);
        return aloneHealth(rollout);
      }
      const stage = JSON.stringify([rollout.life?.attempt, rollout.life?.stage]);
      const known = held.get(id);
      const entry: Held = known?.stage === stage ? known : { stage, askedMs: -Infinity };
      held.set(id, entry);
      if (Math.abs(nowMs - entry.askedMs) >= intervalMs) {
        entry.askedMs = nowMs;
        void readResults(analytics, { environmentId }, comparisonKey(key)).then((found) => {
          if (found.ok) entry.health = healthOf(request, found.value);
        });
      }
      return entry.health;
    },
  };
}

/** Where everybody has the variant there is nobody to compare with. */
const aloneHealth = (rollout: Rollout): MetricHealth => ({
  metrics: Object.fromEntries(
    rulesOf(rollout).flatMap((rule) =>
      rule.type === 'metric'
        ? [[rule.metric, { verdict: 'unclear', text: 'Nobody is left to compare with.' }]]
        : [],
    ),
  ),
  sampleRatioMismatch: false,
});

function healthOf(request: MetricRequest, results: ExperimentResults): MetricHealth {
  const { rollout } = request;
  const metrics = results.metrics.map((each) => [each.metric, verdictOf(request, each)] as const);
  return {
    metrics: Object.fromEntries(metrics),
    sampleRatioMismatch: results.sampleRatio?.mismatch === true && rollout.control !== undefined,
    faults: faultsOf(results),
  };
}

/** More units than this in both groups, and assignment is not to be trusted. */
const crossedShareMax = 0.01;

function faultsOf({ units, sampleRatio }: ExperimentResults): readonly string[] {
  const crossed = sampleRatio?.crossedUnits ?? 0;
  const all = units.reduce((sum, each) => sum + each.units, crossed);
  return crossed > crossedShareMax * all ? [`${crossed} of ${all} units were seen in both groups.`] : [];
}

function verdictOf(
  { rollout, metric }: MetricRequest,
  results: MetricResults,
): MetricHealth['metrics'][string] {
  const own = results.variants.find(({ variant }) => variant === rollout.variant);
  const control = results.variants.find(({ variant }) => variant === rollout.control);
  const rule = rulesOf(rollout).find((each) => each.type === 'metric' && each.metric === results.metric);
  const margin = rule?.type === 'metric' ? (rule.margin ?? 0.01) : 0.01;
  const guardrail = own?.comparison?.guardrail ?? 'unclear';
  if (own === undefined || control === undefined)
    return { verdict: 'unclear', text: 'No unit has been exposed yet.' };
  const document = metric(results.metric);
  if (document?.type === 'conversion') {
    const counts = [own, control].map(({ units, unitsWithEvents }) => ({ units, events: unitsWithEvents }));
    const logE = logHarm(counts[0]!, counts[1]!, document.direction, margin);
    const text =
      `${own.unitsWithEvents} of ${own.units} units with the variant, ` +
      `${control.unitsWithEvents} of ${control.units} without; ` +
      `always-valid p = ${Math.exp(-Math.max(0, logE)).toPrecision(2)} by counts.`;
    return { verdict: logE >= -Math.log(alphaPerRule(rollout)) ? 'violated' : guardrail, text };
  }
  const { uplift, method = '', notEnough = '' } = own.comparison ?? {};
  const effect = uplift === undefined ? notEnough || 'no effect yet' : `${(uplift * 100).toFixed(2)} %`;
  return {
    verdict: guardrail,
    text: `The guardrail is ${guardrail}: ${effect}, by ${method || 'nothing yet'}.`,
  };
}
