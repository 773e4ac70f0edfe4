// Answers Funnel: how far the units of each variant come through steps.
import { succeed, type Result } from '@org/contract';
import { funnelSteps } from '@org/stats';
import type { FunnelRequest, FunnelResponse } from '@org/contract/gen/flags/v1/analytics_service';
import type { AnalyticsPorts } from '../ports.ts';
import { invalid } from '../service/handlers.ts';
import { collect } from './collect/collect.ts';
import { findExperiment, findMetric } from './find-experiment.ts';

const stepsMax = 20;

/** Of an experiment: from the first exposure on. */
export async function readFunnel(
  { gather, definitions }: AnalyticsPorts,
  request: FunnelRequest,
): Promise<Result<FunnelResponse>> {
  const { environment, experiment: experimentKey, withinHours, untilMs } = request;
  const found = findExperiment(definitions, environment, experimentKey);
  if (!found.ok) return found;
  const named = request.metric === '' ? undefined : findMetric(definitions, environment, request.metric);
  if (named?.ok === false) return named;
  const steps = named?.value.metric.steps ?? request.steps.map((event) => ({ event }));
  if (steps.length < 2 || steps.length > stepsMax)
    return invalid('steps', 'range', `From 2 to ${stepsMax} steps, or a funnel metric.`);
  if (withinHours < 0) return invalid('within_hours', 'range', 'Must not be negative.');
  const metric = {
    type: 'funnel',
    direction: 'increase',
    steps,
    ...(withinHours > 0 ? { conversionWindowHours: withinHours } : {}),
  } as const;
  const { experiment } = found.value;
  const { groups } = await collect(gather, {
    environmentId: environment,
    experimentKey,
    experiment,
    metrics: [{ key: '', metric }],
    grouping: { by: 'nothing' },
    ...(untilMs > 0 ? { untilMs } : {}),
  });
  return succeed({
    variants: experiment.variants.map(({ variant }, arm) => {
      const reached = groups[0]?.arms[arm]?.metrics[0]?.reached ?? steps.map(() => 0);
      return {
        variant,
        steps: funnelSteps(reached).map((step, index) => ({
          event: steps[index]!.event,
          units: step.reached,
          ...(step.fromPrevious === null ? {} : { conversion: step.fromPrevious }),
          conversionInterval: step.fromPreviousInterval ?? undefined,
        })),
      };
    }),
  });
}
