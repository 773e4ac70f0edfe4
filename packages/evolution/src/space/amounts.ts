// Amount genes as numbers: reading, writing, staying inside bounds and on steps, and the scale they are measured on. Pure.
import { durationText, parseDuration } from '@org/evaluator/config';
import type { JsonValue } from '@org/contract/model';
import type { AmountGene } from './gene.ts';

/** The number of a value; durations in milliseconds. */
export const amountOf = (gene: Pick<AmountGene, 'type'>, value: JsonValue): number =>
  gene.type === 'duration' ? parseDuration(value) : Number(value);

/** The value of a number. */
export const valueOf = (gene: Pick<AmountGene, 'type'>, amount: number): JsonValue =>
  gene.type === 'duration' ? durationText(amount) : amount;

/** The nearest amount that the gene may have. */
export function aligned(gene: AmountGene, amount: number): number {
  const { min, max, type, origin } = gene;
  const step = stepOf(gene);
  const inside = Math.min(Math.max(amount, min), max);
  if (step === undefined) return type === 'number' ? rounded(inside) : inside;
  let count = Math.round((inside - origin) / step);
  if (onStep(origin, step, count) > max) count -= 1;
  if (onStep(origin, step, count) < min) count += 1;
  const found = onStep(origin, step, count);
  return found < min || found > max ? NaN : found;
}

/** What one step of it is; undefined for numbers without. */
export function stepOf({ step, type }: Pick<AmountGene, 'step' | 'type'>): number | undefined {
  if (step !== undefined) return type === 'number' ? step : Math.max(1, step);
  return type === 'number' ? undefined : 1;
}

/** Decimal steps without the dirt of binary fractions: 0.30000000000000004 is no step of 0.1. */
const onStep = (origin: number, step: number, count: number): number => rounded(origin + step * count);

/** Ten significant digits: more says nothing and makes documents long. */
const rounded = (amount: number): number => Number(amount.toPrecision(10));

/** The place between the bounds, 0 to 1, on the gene's scale. */
export function positionOf(gene: AmountGene, amount: number): number {
  const { min, max, scale } = gene;
  if (!(max > min)) return 0;
  return scale === 'log' ? Math.log(amount / min) / Math.log(max / min) : (amount - min) / (max - min);
}

/** The amount at a place, on a step. */
export function amountAt(gene: AmountGene, position: number): number {
  const { min, max, scale } = gene;
  const at = Math.min(Math.max(position, 0), 1);
  return aligned(gene, scale === 'log' ? min * (max / min) ** at : min + (max - min) * at);
}
