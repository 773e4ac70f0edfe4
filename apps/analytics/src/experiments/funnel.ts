// Answers Funnel: how far units come through steps, by the variants of an experiment or all together.
import { succeed, type Result } from '@org/contract';
import { funnelSteps, sampleQuantile, sorted } from '@org/stats';
import type {
  FunnelRequest,
  FunnelResponse,
  FunnelVariant,
} from '@org/contract/gen/flags/v1/analytics_service';
import type { EventSelection } from '@org/contract/model';
import type { AnalyticsPorts } from '../ports.ts';
import { invalid } from '../service/handlers.ts';
import type { FunnelQuestion, FunnelShare } from './collect/funnel-shares.ts';
import { findExperiment, findMetric } from './find-experiment.ts';

const stepsMax = 20;
const hourMs = 3_600_000;

/** Of an experiment: from the first exposure on. Without one: everybody with a first step. */
export async function readFunnel(
  { gather, definitions }: AnalyticsPorts,
  request: FunnelRequest,
): Promise<Result<FunnelResponse>> {
  const found = questionOf(definitions, request);
  if (!found.ok) return found;
  const question = found.value;
  const shares = await gather('funnel', question);
  const names = question.of?.experiment.variants.map(({ variant }) => variant) ?? [''];
  return succeed({
    variants: names.map((variant, arm) => variantOf(variant, arm, question.steps, shares)),
  });
}

function questionOf(
  definitions: AnalyticsPorts['definitions'],
  request: FunnelRequest,
): Result<FunnelQuestion> {
  const { environment, experiment: experimentKey, withinHours, fromMs, untilMs } = request;
  const found = experimentKey === '' ? undefined : findExperiment(definitions, environment, experimentKey);
  if (found?.ok === false) return found;
  const named = request.metric === '' ? undefined : findMetric(definitions, environment, request.metric);
  if (named?.ok === false) return named;
  if (named !== undefined && request.steps.length > 0)
    return invalid('steps', 'unexpected', 'Either a funnel metric, or steps.');
  const metric = named?.value.metric;
  if (metric !== undefined && metric.type !== 'funnel')
    return invalid(
      'metric',
      'type',
      `The metric "${request.metric}" is of type "${metric.type}", not "funnel".`,
    );
  const steps = metric?.steps ?? request.steps.map((event) => ({ event }));
  if (steps.length < 2 || steps.length > stepsMax)
    return invalid('steps', 'range', `From 2 to ${stepsMax} steps, or a funnel metric.`);
  const unnamed = request.steps.indexOf('');
  if (unnamed >= 0) return invalid(`steps[${unnamed}]`, 'required', 'A value is required.');
  // NaN fulfils no comparison.
  if (!(withinHours >= 0)) return invalid('within_hours', 'min_value', 'Must not be negative.');
  if (!(fromMs >= 0)) return invalid('from_ms', 'min_value', 'Must not be negative.');
  if (!(untilMs >= 0) || (untilMs > 0 && untilMs < fromMs))
    return invalid('until_ms', 'range', 'Must not lie before from_ms.');
  const { conversionWindowHours } = metric ?? {};
  return succeed({
    environmentId: environment,
    steps,
    withinMs: withinHours > 0 ? withinHours * hourMs : Number.MAX_VALUE,
    fromMs,
    untilMs: untilMs > 0 ? untilMs : Number.MAX_VALUE,
    ...(found === undefined
      ? {}
      : {
          of: {
            experimentKey,
            experiment: found.value.experiment,
            ...(conversionWindowHours === undefined ? {} : { conversionWindowHours }),
          },
        }),
  });
}

function variantOf(
  variant: string,
  arm: number,
  steps: readonly EventSelection[],
  shares: readonly FunnelShare[],
): FunnelVariant {
  const reached = steps.map((_, step) => shares.reduce((sum, share) => sum + share.reached[arm]![step]!, 0));
  return {
    variant,
    steps: funnelSteps(reached).map((step, index) => {
      const gapsMs = shares.flatMap((share) => share.gapsMs[arm]![index]!);
      return {
        event: steps[index]!.event,
        units: step.reached,
        ...(step.fromPrevious === null ? {} : { conversion: step.fromPrevious }),
        conversionInterval: step.fromPreviousInterval ?? undefined,
        ...(gapsMs.length === 0 ? {} : { medianMs: sampleQuantile(sorted(gapsMs), 0.5) }),
      };
    }),
  };
}
