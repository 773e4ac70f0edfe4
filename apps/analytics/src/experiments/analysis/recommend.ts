// What to do with an experiment, with the reasons in words and numbers. Faults of the data come before everything.
import type { Experiment } from '@org/contract/model';
import type {
  Comparison,
  MetricResults,
  Recommendation,
  SampleRatio,
} from '@org/contract/gen/flags/v1/analytics_service';

/** What the recommendation is made of. */
export interface Evidence {
  readonly experiment: Experiment;
  readonly metrics: readonly MetricResults[];
  readonly sampleRatio: SampleRatio;
  /** Units of all variants. */
  readonly units: number;
  readonly nowMs: number;
  /** The planned sample is in: nothing more is to be looked for. */
  readonly isComplete: boolean;
}

/** More crossed units than this, and assignment is not to be trusted. */
export const crossedShareMax = 0.01;
const hourMs = 3_600_000;

type Action = 'ship' | 'roll_back' | 'keep_running' | 'blocked';
const answer = (action: Action, reasons: readonly string[], variant = ''): Recommendation => ({
  action,
  variant,
  reasons: [...reasons],
});

/** Recommends. */
export function recommend(evidence: Evidence): Recommendation {
  const { experiment, units, nowMs } = evidence;
  const faults = dataFaults(evidence);
  if (faults.length > 0) return answer('blocked', faults);
  if (units === 0) return answer('keep_running', ['No unit has been exposed yet.']);
  const variants = experiment.variants
    .map(({ variant }) => variant)
    .filter((variant) => variant !== experiment.control)
    .map((variant) => judge(evidence, variant));
  const harmed = variants.filter(({ harms }) => harms.length > 0);
  // Harm needs no minimum duration, and one variant's harm is no reason to end the others.
  if (harmed.length === variants.length)
    return answer(
      'roll_back',
      harmed.flatMap(({ harms }) => harms),
    );
  if (experiment.plan.method === 'bayesian') return bayesian(evidence);
  const missing = missingHours(experiment, nowMs);
  if (missing !== undefined)
    return answer('keep_running', [missing, ...harmed.flatMap(({ harms }) => harms)]);
  const winners = variants.filter(({ isWinner }) => isWinner);
  const best = winners.toSorted((a, b) => b.uplift - a.uplift)[0];
  if (best !== undefined) return answer('ship', best.gains, best.variant);
  const open = variants.flatMap(({ gains, waits }) => [...gains, ...waits]);
  if (evidence.isComplete)
    return answer('roll_back', [
      `The planned sample is in (${count(units)} units), and no variant is shown to be better.`,
      ...open,
    ]);
  return answer('keep_running', [...harmed.flatMap(({ harms }) => harms), ...open]);
}

function dataFaults({ sampleRatio, units }: Evidence): readonly string[] {
  const faults: string[] = [];
  if (sampleRatio.mismatch)
    faults.push(
      `Sample-ratio mismatch: units are not spread over the variants as planned (p = ${number(sampleRatio.pValue ?? 0)}).`,
    );
  const { crossedUnits } = sampleRatio;
  if (crossedUnits > crossedShareMax * (units + crossedUnits))
    faults.push(
      `${count(crossedUnits)} units (${percent(crossedUnits / (units + crossedUnits))}) were seen in more than one variant.`,
    );
  return faults;
}

interface Judgement {
  readonly variant: string;
  readonly isWinner: boolean;
  /** Of the first goal, signed so that more is better. */
  readonly uplift: number;
  readonly gains: readonly string[];
  readonly harms: readonly string[];
  readonly waits: readonly string[];
}

function judge({ metrics }: Evidence, variant: string): Judgement {
  const gains: string[] = [];
  const harms: string[] = [];
  const waits: string[] = [];
  let [uplift, guarded] = [0, true];
  for (const metric of metrics) {
    const comparison = metric.variants.find((each) => each.variant === variant)?.comparison;
    if (comparison === undefined || metric.role === 'secondary') continue;
    const words = describe(metric, variant, comparison);
    if (metric.role === 'guardrail') {
      guarded &&= comparison.guardrail === 'holds';
      if (comparison.guardrail === 'violated') harms.push(`Guardrail violated: ${words}`);
      else waits.push(`Guardrail ${comparison.guardrail}: ${words}`);
      continue;
    }
    const gain = (metric.direction === 'increase' ? 1 : -1) * (comparison.difference ?? 0);
    if (!comparison.significant) waits.push(words);
    else if (gain > 0) gains.push(words);
    else harms.push(words);
    const relative = (metric.direction === 'increase' ? 1 : -1) * (comparison.uplift ?? 0);
    if (comparison.significant && gain > 0 && relative > uplift) uplift = relative;
  }
  const isWinner = gains.length > 0 && harms.length === 0 && guarded;
  return { variant, isWinner, uplift, gains, harms, waits };
}

function bayesian({ metrics, experiment }: Evidence): Recommendation {
  const chances = metrics
    .filter(({ role }) => role === 'goal')
    .flatMap(({ metric, variants }) =>
      variants
        .filter(({ comparison }) => comparison?.chanceToWin !== undefined)
        .map(
          ({ variant, comparison }) =>
            `${variant} beats ${experiment.control} on ${metric} with a chance of ${percent(comparison!.chanceToWin!)}; expected loss ${number(comparison!.expectedLoss ?? 0)}.`,
        ),
    );
  return answer('keep_running', ['A Bayesian plan decides nothing by itself.', ...chances]);
}

function missingHours(experiment: Experiment, nowMs: number): string | undefined {
  const { minimumHours = 0, life } = experiment;
  if (life?.startedAt === undefined || life.state !== 'running') return undefined;
  const hours = (nowMs - Date.parse(life.startedAt)) / hourMs;
  return hours >= minimumHours
    ? undefined
    : `It has run ${hours.toFixed(1)} of at least ${minimumHours} hours.`;
}

function describe({ metric }: MetricResults, variant: string, comparison: Comparison): string {
  const { uplift, upliftInterval, pValue, adjustedPValue, notEnough } = comparison;
  if (notEnough !== '') return `${variant} on ${metric}: not enough yet. ${notEnough}`;
  const interval =
    upliftInterval?.lower === undefined || upliftInterval.upper === undefined
      ? ''
      : ` (${percent(upliftInterval.lower)} to ${percent(upliftInterval.upper)})`;
  const effect = uplift === undefined ? 'no relative effect' : `${percent(uplift)}${interval}`;
  const p = adjustedPValue ?? pValue;
  return `${variant} on ${metric}: ${effect}${p === undefined ? '' : `, p = ${number(p)}`}, by ${comparison.method}.`;
}

const count = (value: number): string => String(value);
const percent = (value: number): string => `${value > 0 ? '+' : ''}${(value * 100).toFixed(2)} %`;
const number = (value: number): string => String(Number(value.toPrecision(3)));
