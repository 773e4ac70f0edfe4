// Error control over an endless series of tests (experiment after experiment): each gets its own level before it starts.
import { demand, demandInside, demandProbability } from '../errors.ts';

/**
 * LORD++ (Ramdas et al. 2017), SAFFRON (2018), ADDIS (Tian, Ramdas 2019) and LOND (Javanmard, Montanari 2015) bound the expected
 * share of false findings; alpha spending the chance of any.
 */
export type OnlineMethod = 'lord++' | 'saffron' | 'addis' | 'lond' | 'alpha-spending';

/** The level a test was made at, and its outcome. */
export interface OnlineDecision {
  readonly level: number;
  readonly isRejected: boolean;
}

/** At most this many tests in one series. */
export const onlineTestsMax = 10_000;

// Gamma sequences and initial wealth are the defaults of Bioconductor's onlineFDR (Robertson et al. 2019).
const saffronLambda = 0.5;
const addisLambda = 0.25;
const addisTau = 0.5;

/** The weight of the j-th test (from 1) after an event; sums to 1. */
function logarithmicGamma(j: number): number {
  return (0.07720838 * Math.log(Math.max(j, 2))) / (j * Math.exp(Math.sqrt(Math.log(j))));
}

function powerGamma(j: number): number {
  return 0.4374901658 / j ** 1.6;
}

/**
 * Levels and decisions of a series in order of the tests' starts. LORD++, SAFFRON and ADDIS need p-values that are valid given the past
 * (fresh users per test give that); LOND and alpha spending need less. Deterministic: the same series gives the same levels.
 * @throws StatsError when alpha or a p-value is out of its domain.
 */
export function onlineControl(
  pValues: readonly number[],
  method: OnlineMethod,
  alpha: number,
): readonly OnlineDecision[] {
  demandInside(alpha, 'alpha');
  demand(pValues.length <= onlineTestsMax, 'p', `must be at most ${onlineTestsMax}`);
  pValues.forEach((p, i) => demandProbability(p, `p[${i}]`));
  const decisions: OnlineDecision[] = [];
  pValues.forEach((p, i) => {
    const level = levelOf(method, pValues.slice(0, i), decisions, alpha);
    decisions.push({ level, isRejected: p <= level });
  });
  return decisions;
}

/**
 * The level of the next test after a series; spend it before looking at the data.
 * @throws StatsError when alpha or a p-value is out of its domain.
 */
export function nextOnlineLevel(pValues: readonly number[], method: OnlineMethod, alpha: number): number {
  const decisions = onlineControl(pValues, method, alpha);
  return levelOf(method, pValues, decisions, alpha);
}

type History = readonly OnlineDecision[];

function levelOf(method: OnlineMethod, past: readonly number[], decisions: History, alpha: number): number {
  switch (method) {
    case 'alpha-spending':
      return alpha * logarithmicGamma(past.length + 1);
    case 'lond':
      return alpha * logarithmicGamma(past.length + 1) * (rejections(decisions).length + 1);
    case 'lord++':
      return lordLevel(decisions, alpha);
    case 'saffron':
      return saffronLevel(past, decisions, alpha);
    case 'addis':
      return addisLevel(past, decisions, alpha);
  }
}

/** Indices of the rejected tests. */
function rejections(decisions: History): readonly number[] {
  return decisions.flatMap(({ isRejected }, i) => (isRejected ? [i] : []));
}

function lordLevel(decisions: History, alpha: number): number {
  const initial = alpha / 10;
  const now = decisions.length + 1;
  const [first, ...later] = rejections(decisions);
  let level = initial * logarithmicGamma(now);
  if (first !== undefined) level += (alpha - initial) * logarithmicGamma(now - first - 1);
  for (const index of later) level += alpha * logarithmicGamma(now - index - 1);
  return level;
}

function saffronLevel(past: readonly number[], decisions: History, alpha: number): number {
  const initial = alpha / 2;
  const scale = 1 - saffronLambda;
  // Candidates (p <= lambda) do not use up the sequence.
  const idleSince = idleCounts(past.length, (i) => past[i]! > saffronLambda);
  const [first, ...later] = rejections(decisions);
  let level = initial * powerGamma(1 + idleSince(0));
  if (first !== undefined) level += (alpha - initial) * powerGamma(1 + idleSince(first + 1));
  for (const index of later) level += alpha * powerGamma(1 + idleSince(index + 1));
  return Math.min(saffronLambda, scale * level);
}

function addisLevel(past: readonly number[], decisions: History, alpha: number): number {
  const initial = alpha / 2;
  const scale = addisTau - addisLambda;
  // Discarded tests (p > tau) count for nothing; candidates do not use up the sequence.
  const idleSince = idleCounts(past.length, (i) => past[i]! <= addisTau && past[i]! > addisLambda);
  const [first, ...later] = rejections(decisions);
  let level = initial * powerGamma(1 + idleSince(0));
  if (first !== undefined) level += (alpha - initial) * powerGamma(1 + idleSince(first + 1));
  for (const index of later) level += alpha * powerGamma(1 + idleSince(index + 1));
  return Math.min(addisLambda, scale * level);
}

/** A function that counts the tests at and after an index for which something holds. */
function idleCounts(length: number, holds: (index: number) => boolean): (from: number) => number {
  const sums = new Int32Array(length + 1);
  for (let i = length - 1; i >= 0; i--) sums[i] = sums[i + 1]! + (holds(i) ? 1 : 0);
  return (from) => sums[Math.min(from, length)]!;
}
