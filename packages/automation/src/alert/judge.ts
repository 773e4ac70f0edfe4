// Whether a rule of an alert is broken now. Says "unknown" rather than guess: what is unknown neither raises nor ends an alarm.
import type {
  AlertRule,
  BreakerStateRule,
  GuardrailRule,
  RolloutStateRule,
  SampleRatioRule,
  SystemRule,
} from '@org/contract/model';
import { judgeExposures, judgeReasons, judgeShares } from './judge-counts.ts';
import { judgeMetric } from './judge-metric.ts';
import type { AlertWorld, ExperimentHealth } from './world.ts';

/** What a rule says. */
export interface Judgement {
  readonly verdict: 'bad' | 'good' | 'unknown';
  /** In words, with numbers. */
  readonly text: string;
  readonly numbers: { readonly [name: string]: number };
}

const minuteMs = 60_000;
const namedMax = 10;

/** Judges one rule. */
export function judgeAlert(rule: AlertRule, world: AlertWorld): Judgement {
  switch (rule.type) {
    case 'variant_share':
      return judgeShares(rule, world);
    case 'reasons':
      return judgeReasons(rule, world);
    case 'exposures_without_events':
      return judgeExposures(rule, world);
    case 'metric':
      return judgeMetric(rule, world);
    case 'sample_ratio':
      return judgeSampleRatio(rule, world);
    case 'guardrail':
      return judgeGuardrails(rule, world);
    case 'rollout':
      return judgeRollouts(rule, world);
    case 'breaker':
      return judgeBreakers(rule, world);
    case 'system':
      return judgeSystem(rule, world);
  }
}

const say = (isBad: boolean | undefined, text: string, numbers: Judgement['numbers'] = {}): Judgement => ({
  verdict: isBad === undefined ? 'unknown' : isBad ? 'bad' : 'good',
  text,
  numbers,
});

const named = (keys: readonly string[]): string =>
  [...keys.slice(0, namedMax), ...(keys.length > namedMax ? [`${keys.length - namedMax} more`] : [])].join(
    ', ',
  );

/** Those that the rule is about; undefined when nothing is known of one that it names. */
function experimentsOf(
  { experiment }: SampleRatioRule | GuardrailRule,
  { experiments }: AlertWorld,
): readonly ExperimentHealth[] | undefined {
  return experiments?.filter(({ key }) => experiment === undefined || key === experiment);
}

function judgeSampleRatio(rule: SampleRatioRule, world: AlertWorld): Judgement {
  const found = experimentsOf(rule, world);
  if (found === undefined) return say(undefined, 'Analytics has not answered.');
  const bad = found.filter(({ sampleRatioMismatch }) => sampleRatioMismatch);
  const least = Math.min(...bad.map(({ pValue = 0 }) => pValue));
  return bad.length === 0
    ? say(false, `No sample ratio mismatch in ${found.length} running experiments.`)
    : say(true, `Sample ratio mismatch: ${named(bad.map(({ key }) => key))}.`, { pValue: least });
}

function judgeGuardrails(rule: GuardrailRule, world: AlertWorld): Judgement {
  const found = experimentsOf(rule, world);
  if (found === undefined) return say(undefined, 'Analytics has not answered.');
  const bad = found.flatMap(({ key, violatedGuardrails }) =>
    violatedGuardrails
      .filter((metric) => rule.metric === undefined || metric === rule.metric)
      .map((metric) => `${metric} in ${key}`),
  );
  return bad.length === 0
    ? say(false, `No guardrail is violated in ${found.length} running experiments.`)
    : say(true, `Guardrail violated: ${named(bad)}.`, { violated: bad.length });
}

function judgeRollouts(rule: RolloutStateRule, { rollouts, nowMs }: AlertWorld): Judgement {
  const states: readonly string[] = rule.states ?? ['rolled_back'];
  const longerMs = (rule.longerThanMinutes ?? 0) * minuteMs;
  const bad = rollouts.filter(
    ({ key, state, sinceMs }) =>
      (rule.rollout === undefined || key === rule.rollout) &&
      states.includes(state) &&
      nowMs - sinceMs >= longerMs,
  );
  if (bad.length === 0) return say(false, `No rollout is ${states.join(' or ')}.`);
  const [first] = bad;
  const why = bad.length === 1 && first!.reasons.length > 0 ? ` ${first!.reasons.join(' ')}` : '';
  const text = bad.map(({ key, state }) => `${key} (${state})`);
  return say(true, `Rollouts: ${named(text)}.${why}`.slice(0, 2_000), { rollouts: bad.length });
}

function judgeBreakers({ breaker }: BreakerStateRule, { breakers }: AlertWorld): Judgement {
  const bad = breakers.filter(
    ({ key, state }) => (breaker === undefined || key === breaker) && state !== 'closed',
  );
  return bad.length === 0
    ? say(false, 'Every breaker is closed.')
    : say(
        true,
        `Breakers: ${named(bad.map(({ key, state, variant }) => `${key} is ${state} for "${variant}"`))}.`,
        {
          breakers: bad.length,
        },
      );
}

function judgeSystem({ condition, value = 0 }: SystemRule, { system }: AlertWorld): Judgement {
  const { outboxBacklog, pushConnected, analyticsAnswers, batchesBehind, fleet } = system;
  const over = (found: number | undefined, what: string): Judgement =>
    found === undefined
      ? say(undefined, `It is not known: ${what}.`)
      : say(found > value, `${what}: ${Number(found.toPrecision(4))}, at most ${value}.`, {
          value: found,
          limit: value,
        });
  const share = (part: number | undefined): number | undefined =>
    fleet === undefined || part === undefined ? undefined : part / Math.max(1, fleet.members);
  switch (condition) {
    case 'outbox_backlog':
      return over(outboxBacklog, 'revisions that wait to be published');
    case 'analytics_behind':
      return over(batchesBehind, 'batches of events that cannot be queried yet');
    case 'fleet_refused':
      return over(share(fleet?.refused), 'share of the fleet that refused a revision');
    case 'fleet_behind':
      return over(share(fleet?.behind), 'share of the fleet that runs an older revision');
    case 'push_disconnected':
      return pushConnected === undefined
        ? say(undefined, 'There is no push channel.')
        : say(!pushConnected, pushConnected ? 'The push channel is connected.' : 'The push channel is away.');
    case 'analytics_unavailable':
      return analyticsAnswers === undefined
        ? say(undefined, 'There is no analytics process, or it was not asked yet.')
        : say(!analyticsAnswers, analyticsAnswers ? 'Analytics answers.' : 'Analytics does not answer.');
  }
}
