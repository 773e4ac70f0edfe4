// Small converters from our results to the shape of golden files.
import type { Interval, Significance } from '../../index.ts';

/** Fields of a golden input that hold a number. */
export type Numbers<Name extends string> = Readonly<Record<Name, number>>;

/** Fields of a golden input that hold a list of numbers. */
export type Lists<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/** Computes the result of one case. Each family knows the fields of its own input. */
export type GoldenFamily = (input: never) => unknown;

export function interval({ lower, upper }: Interval) {
  return { lower, upper };
}

export function prefixedInterval({ lower, upper }: Interval) {
  return { ci_lower: lower, ci_upper: upper };
}

export function pValues(s: Significance | null) {
  return {
    p_two_sided: s?.pTwoSided ?? null,
    p_greater: s?.pGreater ?? null,
    p_less: s?.pLess ?? null,
    log_p_two_sided: s?.logPTwoSided ?? null,
    log_p_greater: s?.logPGreater ?? null,
    log_p_less: s?.logPLess ?? null,
  };
}
