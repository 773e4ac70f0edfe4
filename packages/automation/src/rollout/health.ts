// What the rules of a stage say of what has been seen. Pure. A rule that cannot be judged holds; it never counts as kept.
import type { HealthRule, JsonObject, Rollout } from '@org/contract/model';
import { logEvidence } from './rate-evidence.ts';
import { plannedStages, rulesOf } from './stages.ts';
import type { ReadingState, RolloutObservations, RolloutStatus } from './status.ts';

/** `kept`: nothing against going on. `broken`: the rule's action is due. `unknown`: it holds until it can be judged. */
export type RuleVerdict = 'kept' | 'broken' | 'unknown';

export interface RuleHealth {
  readonly id: string;
  readonly type: HealthRule['type'];
  readonly action: 'roll_back' | 'hold';
  readonly verdict: RuleVerdict;
  /** In words, with numbers. */
  readonly text: string;
  /** The numbers. */
  readonly numbers: JsonObject;
}

const alphaDefault = 0.05;
const failuresDefault = 3;
const staleMinutesDefault = 10;
/** Readings of addresses that did not come for so long are none. */
const readingStaleMs = 120_000;
const minuteMs = 60_000;

/** alpha of each rule that tests: they share the rollout's. */
export function alphaPerRule(rollout: Rollout): number {
  const tests = rulesOf(rollout).filter(({ type }) => type.startsWith('guarded_') || type === 'metric');
  return (rollout.alpha ?? alphaDefault) / Math.max(1, tests.length);
}

/** Judges every rule of the running stage. */
export function judgeRules(
  rollout: Rollout,
  status: RolloutStatus,
  observations: RolloutObservations,
  nowMs: number,
): readonly RuleHealth[] {
  const rules = plannedStages(rollout)[status.stage]?.health ?? [];
  return rules.map((rule) => {
    const judged = judge(rule, rollout, status, observations, nowMs);
    return { id: rule.id, type: rule.type, action: rule.action ?? 'roll_back', ...judged };
  });
}

type Judged = Pick<RuleHealth, 'verdict' | 'text' | 'numbers'>;

function judge(
  rule: HealthRule,
  rollout: Rollout,
  status: RolloutStatus,
  { metrics }: RolloutObservations,
  nowMs: number,
): Judged {
  if (rule.type === 'guarded_errors' || rule.type === 'guarded_latency')
    return judgeRate(rule, rollout, status);
  if (rule.type !== 'metric') return judgeReading(rule, status.readings[rule.id], nowMs);
  const found = metrics?.metrics[rule.metric];
  if (found === undefined) return { verdict: 'unknown', text: 'There are no results yet.', numbers: {} };
  const verdict = found.verdict === 'violated' ? 'broken' : 'kept';
  return { verdict, text: found.text, numbers: { guardrail: found.verdict } };
}

function judgeRate(rule: HealthRule, rollout: Rollout, { rates }: RolloutStatus): Judged {
  const rate = rates[rule.id];
  if (rate === undefined || rate.variant.calls === 0)
    return { verdict: 'unknown', text: 'No guarded call with the variant was seen yet.', numbers: {} };
  const { variant, others } = rate;
  const isAlone = (rollout.life?.percentage ?? 0) >= 100;
  if (others.calls === 0 && !isAlone)
    return { verdict: 'unknown', text: 'No guarded call without the variant was seen yet.', numbers: {} };
  const logE = logEvidence(rate, plannedStages(rollout).length);
  const alpha = alphaPerRule(rollout);
  const what = rule.type === 'guarded_errors' ? 'failed' : 'were slow';
  const text =
    `${variant.events} of ${variant.calls} calls with the variant ${what}, ` +
    `${others.events} of ${others.calls} without; always-valid p = ${pOf(logE).toPrecision(2)}.`;
  return {
    verdict: logE >= -Math.log(alpha) ? 'broken' : 'kept',
    text,
    numbers: {
      ...{ method: 'count_e_process', logE, alpha },
      ...{ variantCalls: variant.calls, variantEvents: variant.events },
      ...{ otherCalls: others.calls, otherEvents: others.events },
    },
  };
}

const pOf = (logE: number): number => Math.exp(-Math.max(0, logE));

function judgeReading(rule: HealthRule, reading: ReadingState | undefined, nowMs: number): Judged {
  const { failures = failuresDefault, staleAfterMinutes = staleMinutesDefault } = rule as {
    readonly failures?: number;
    readonly staleAfterMinutes?: number;
  };
  const staleMs = rule.type === 'custom' ? staleAfterMinutes * minuteMs : readingStaleMs;
  if (reading === undefined) return { verdict: 'unknown', text: 'There is no reading yet.', numbers: {} };
  const numbers = {
    ...(reading.value === undefined ? {} : { value: reading.value }),
    broken: reading.broken,
    readAt: new Date(reading.atMs).toISOString(),
  };
  if (reading.broken >= failures) {
    const text = `${reading.broken} readings in a row broke it, the last one ${String(reading.value)}.`;
    return { verdict: 'broken', text, numbers };
  }
  if (reading.value === undefined)
    return { verdict: 'unknown', text: reading.problem ?? 'No value.', numbers };
  if (Math.abs(nowMs - reading.atMs) > staleMs)
    return { verdict: 'unknown', text: 'The last reading is too old.', numbers };
  // Once broken is not yet broken, but nothing to go on from.
  if (reading.broken > 0)
    return { verdict: 'unknown', text: `The last reading broke it: ${reading.value}.`, numbers };
  return { verdict: 'kept', text: `The last reading is ${reading.value}.`, numbers };
}
