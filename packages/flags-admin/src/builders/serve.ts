// What a flag serves: a variant, or a split of the units over variants. Throws RangeError on shares that cannot be.
import type { Serve, Split } from '@org/contract/model';

/** Shares by variant, as an object, or as a list where the order matters to keep assignments (names like "1"). */
export type Shares<V extends string> =
  { readonly [Name in V]?: number } | readonly (readonly [variant: V, weight: number])[];

/** How the units of a split are told apart. */
export interface SplitOptions {
  /** The attribute whose value is the unit. Left out: the targeting key. */
  readonly by?: string | readonly string[];
  /** The kind of context. Left out: user. */
  readonly kind?: string;
  /** Left out: the flag's key. */
  readonly salt?: string;
}

/** A split that a flag with these variants can serve. */
export interface SplitOf<V extends string> {
  readonly split: Split;
  /** Nothing is here: it tells the type checker which variants are used. */
  readonly variants?: V;
}

/** What a builder takes: the name of a variant, or a split. */
export type Served<V extends string> = V | SplitOf<V>;

/** Splits the units by hash. Weights are integers with any sum: `split({ a: 1, b: 1 })`. */
export const split = <V extends string>(shares: Shares<V>, options: SplitOptions = {}): SplitOf<V> => {
  const pairs = Array.isArray(shares) ? shares : Object.entries(shares);
  const weights = (pairs as readonly (readonly [V, number])[]).map(([variant, weight]) => ({
    variant,
    weight,
  }));
  const wrong = weights.find(({ weight }) => !Number.isInteger(weight) || weight < 0);
  if (wrong) throw new RangeError(`the weight of "${wrong.variant}" is no integer from 0`);
  return { split: { weights, ...options } };
};

/** Steps of a percentage: 0.001 %. */
const steps = 100_000;

/** The variant for a percentage of the units, in steps of 0.001, and the other for the rest. */
export const percentage = <const V extends string, const O extends string>(
  percent: number,
  variant: V,
  others: O,
  options: SplitOptions = {},
): SplitOf<V | O> => {
  const weight = Math.round(percent * 1000);
  if (!(weight >= 0 && weight <= steps) || Math.abs(percent * 1000 - weight) > 1e-6)
    throw new RangeError(`${percent} is no percentage from 0 to 100 in steps of 0.001`);
  const shares: Shares<V | O> = [
    [variant, weight],
    [others, steps - weight],
  ];
  return split(shares, options);
};

/** As the document has it. */
export const serveOf = (served: Served<string>): Serve =>
  typeof served === 'string' ? { variant: served } : { split: served.split };
