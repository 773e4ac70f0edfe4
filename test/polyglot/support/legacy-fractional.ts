// flagd's fractional before it counted in whole buckets: the signed hash, made positive, as a percentage of 2^31 - 1. Some stock
// providers still have it; written down here to show that this, and nothing else, is where they part from everybody.
import { murmur3 } from '@org/evaluator';
import type { EvaluationContext } from '@org/contract/model';
import { flags } from './population.ts';

const hashMax = 2_147_483_647;

/** What the flag `colours` answers by that formula. */
export function legacyColours(asked: readonly EvaluationContext[]): readonly string[] {
  const serve = flags['colours']?.default;
  const weights = serve !== undefined && 'split' in serve ? serve.split.weights : [];
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  return asked.map(({ targetingKey }) => {
    const hash = Math.abs(murmur3(`colours${String(targetingKey)}`) | 0);
    const percentage = (hash / hashMax) * 100;
    let end = 0;
    const found = weights.find(({ weight }) => percentage < (end += (weight * 100) / total));
    return (found ?? weights.at(-1))!.variant;
  });
}
