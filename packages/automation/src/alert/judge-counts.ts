// Rules over counts of evaluations, exposures and events. A share counts as another one only when it lies outside what the rule
// accepts and chance does not explain it.
import { pooledZTest, zSignificance } from '@org/stats';
import type { ExposuresWithoutEventsRule, ReasonsRule, VariantShareRule } from '@org/contract/model';
import type { Judgement } from './judge.ts';
import { countedAs, type AlertWorld, type MinuteCounts } from './world.ts';

const minutesDefault = 5;
const minimumDefault = 100;
const toleranceDefault = 0.05;
/** Looks are many and depend on each other: chance must explain it badly. */
const pMax = 1e-4;

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

/** The last minutes of each series, and those before, by label. */
function windowOf({ series }: MinuteCounts, minutes: number, limit = Infinity) {
  const cut = (from: number, to?: number): ReadonlyMap<string, number> =>
    new Map(
      Object.entries(series).map(([label, values]) => {
        const known = limit < values.length ? values.slice(values.length - Math.max(0, limit)) : values;
        return [label, sum(known.slice(Math.max(0, known.length + from), to))] as const;
      }),
    );
  return { inside: cut(-minutes), before: cut(-Infinity, -minutes) };
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const unknown = (text: string, numbers: Judgement['numbers'] = {}): Judgement => ({
  verdict: 'unknown',
  text,
  numbers,
});

/** Shares of variants against what they were, or should be. */
export function judgeShares(rule: VariantShareRule, world: AlertWorld): Judgement {
  const { flag, variant, tolerance = toleranceDefault, expected, minimum = minimumDefault } = rule;
  const counts = world.counts(countedAs.evaluations(flag));
  if (counts === undefined) return unknown('Nothing was counted yet.');
  // What somebody changed is no drift: only what comes after it is compared.
  const minutes = rule.minutes ?? minutesDefault;
  const { inside, before } = windowOf(counts, minutes, counts.minutesSinceChange);
  const total = sum([...inside.values()]);
  const totalBefore = sum([...before.values()]);
  if (total < minimum) return unknown(`${total} evaluations are too few.`, { evaluations: total });
  if (expected === undefined && totalBefore < minimum)
    return unknown('There is nothing to compare with since the last change.', { evaluations: total });
  const drifts = (variant === undefined ? [...inside.keys()] : [variant]).map((name) => {
    const count = inside.get(name) ?? 0;
    const countBefore = before.get(name) ?? 0;
    const base = expected ?? countBefore / totalBefore;
    const share = count / total;
    const isLarge = Math.abs(share - base) > tolerance;
    const isSure = isLarge && chanceOf({ count, total, countBefore, totalBefore, expected }) < pMax;
    return { name, share, base, isSure };
  });
  const worst = drifts.toSorted((a, b) => Math.abs(b.share - b.base) - Math.abs(a.share - a.base));
  const [first] = worst;
  if (first === undefined) return unknown('No variant was served.');
  const bad = worst.find(({ isSure }) => isSure);
  const shown = bad ?? first;
  const text = `"${shown.name}" has ${percent(shown.share)} of ${total} evaluations; ${percent(shown.base)} are expected.`;
  return {
    verdict: bad === undefined ? 'good' : 'bad',
    text,
    numbers: { share: shown.share, expected: shown.base, evaluations: total },
  };
}

interface Shares {
  readonly count: number;
  readonly total: number;
  readonly countBefore: number;
  readonly totalBefore: number;
  readonly expected: number | undefined;
}

/** How probable such a difference is by chance. */
function chanceOf({ count, total, countBefore, totalBefore, expected }: Shares): number {
  if (expected === undefined) {
    const before = { successes: countBefore, trials: totalBefore };
    return pooledZTest(before, { successes: count, trials: total }).significance?.pTwoSided ?? 1;
  }
  // Where nobody, or everybody, is expected, one other is no chance.
  const deviation = Math.sqrt((expected * (1 - expected)) / total);
  return deviation === 0 ? 0 : (zSignificance(count / total - expected, deviation)?.pTwoSided ?? 1);
}

/** Reasons such as ERROR. */
export function judgeReasons(rule: ReasonsRule, world: AlertWorld): Judgement {
  const counts = world.counts(countedAs.reasons(rule.flag));
  if (counts === undefined) return unknown('Nothing was counted yet.');
  const { inside } = windowOf(counts, rule.minutes ?? minutesDefault);
  const total = sum([...inside.values()]);
  if (total < (rule.minimum ?? minimumDefault))
    return unknown(`${total} evaluations are too few.`, { evaluations: total });
  const reasons = rule.reasons ?? ['ERROR'];
  const share = sum(reasons.map((reason) => inside.get(reason) ?? 0)) / total;
  return {
    verdict: share > rule.shareMax ? 'bad' : 'good',
    text: `${percent(share)} of ${total} evaluations end with ${reasons.join(', ')}; at most ${percent(rule.shareMax)}.`,
    numbers: { share, limit: rule.shareMax, evaluations: total },
  };
}

/** Exposures that lead to no event. */
export function judgeExposures(rule: ExposuresWithoutEventsRule, world: AlertWorld): Judgement {
  const event = world.eventOf(rule.metric);
  if (event === undefined) return unknown(`There is no metric "${rule.metric}" that counts one event.`);
  const minutes = rule.minutes ?? minutesDefault;
  const totalOf = (subject: string): number => {
    const counts = world.counts(subject);
    return counts === undefined ? 0 : (windowOf(counts, minutes).inside.get('count') ?? 0);
  };
  const exposures = totalOf(countedAs.exposures(rule.flag));
  if (exposures < (rule.minimum ?? minimumDefault))
    return unknown(`${exposures} exposures are too few.`, { exposures });
  const events = totalOf(countedAs.events(event));
  const isBad = rule.ratioMin === undefined ? events === 0 : events / exposures < rule.ratioMin;
  return {
    verdict: isBad ? 'bad' : 'good',
    text: `${exposures} units were exposed to "${rule.flag}" and "${event}" came ${events} times in ${minutes} minutes.`,
    numbers: { exposures, events },
  };
}
