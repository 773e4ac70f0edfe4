// One history of a rollout that nobody stops: what each rule would have seen at each look, so that every threshold can be read
// from it afterwards. Both rules see the same calls.
import {
  addCounts,
  binomial,
  logEvidence,
  nextStageEvidence,
  noEvidence,
  poisson,
  type Chance,
} from '@org/automation';
import type { Scenario } from './scenarios.ts';

/** What one rule saw: its statistic at each look, the higher the worse. */
export type Statistic = Float64Array;

export interface History {
  /** log of the e-value of the controller's rule (`guarded_errors`). */
  readonly ours: Statistic;
  /** Error rate of the variant in a window, by how many looks in a row it must be above a threshold: the least of them. */
  readonly threshold: readonly Statistic[];
  /** Users that had the variant until each look. */
  readonly exposed: Float64Array;
}

export const lookMinutes = 1 / 6;
const looksPerMinute = Math.round(1 / lookMinutes);

/**
 * Fixed thresholds as peers offer them (analysis intervals of a minute): a window, how many calls it needs, how many checks in a
 * row must fail.
 */
export const thresholdRules = [
  { windowMinutes: 1, callsMin: 20, checks: 1 },
  { windowMinutes: 1, callsMin: 20, checks: 3 },
  { windowMinutes: 1, callsMin: 20, checks: 5 },
  { windowMinutes: 5, callsMin: 100, checks: 1 },
  { windowMinutes: 10, callsMin: 100, checks: 1 },
] as const;

export const looksOf = ({ stages }: Scenario): number =>
  Math.round(stages.reduce((sum, { minutes }) => sum + minutes, 0) / lookMinutes);

/** Draws a history; `ratio` instead of the scenario's for histories without harm. */
export function drawHistory(scenario: Scenario, ratio: number, chance: Chance): History {
  const looks = looksOf(scenario);
  const [ours, exposed] = [new Float64Array(looks), new Float64Array(looks)];
  const calls = new Float64Array(looks);
  const events = new Float64Array(looks);
  let evidence = noEvidence;
  let look = 0;
  let users = 0;
  for (const [stage, { share, minutes }] of scenario.stages.entries()) {
    if (stage > 0) evidence = nextStageEvidence(evidence);
    for (let end = look + Math.round(minutes / lookMinutes); look < end; look += 1) {
      const rate = scenario.rate * (scenario.drift?.(look * lookMinutes) ?? 1);
      const harm = stage >= (scenario.harmFromStage ?? 0) ? ratio : 1;
      const own = poisson(chance, scenario.callsPerMinute * lookMinutes * share);
      const others = poisson(chance, scenario.callsPerMinute * lookMinutes * (1 - share));
      calls[look] = own;
      events[look] = binomial(chance, own, Math.min(1, rate * harm));
      const variant = { calls: own, events: events[look]! };
      evidence = addCounts(evidence, variant, { calls: others, events: binomial(chance, others, rate) });
      ours[look] = logEvidence(evidence, scenario.stages.length);
      users += own;
      exposed[look] = users;
    }
  }
  const threshold = thresholdRules.map((rule) => inARow(windowRates(calls, events, rule), rule.checks));
  return { ours, threshold, exposed };
}

function windowRates(
  calls: Float64Array,
  events: Float64Array,
  { windowMinutes, callsMin }: { readonly windowMinutes: number; readonly callsMin: number },
): Float64Array {
  const width = windowMinutes * looksPerMinute;
  let [seen, failed] = [0, 0];
  return calls.map((count, look) => {
    seen += count - (look >= width ? calls[look - width]! : 0);
    failed += events[look]! - (look >= width ? events[look - width]! : 0);
    return seen >= callsMin ? failed / seen : 0;
  });
}

/** There is a check each minute; between checks nothing is seen. */
const inARow = (rates: Float64Array, checks: number): Float64Array =>
  rates.map((rate, look) => {
    if ((look + 1) % looksPerMinute !== 0) return 0;
    let least = rate;
    for (let check = 1; check < checks; check += 1)
      least = Math.min(least, rates[look - check * looksPerMinute] ?? 0);
    return least;
  });
