// Alpha spending functions of group-sequential tests: how much of the error may be used up at a share of the information.
import { demand, demandInside } from '../errors.ts';
import { normalQuantile, normalTails } from '../numerics/normal.ts';

/** A spending function; parameters where it has one. */
export type Spending =
  | { readonly kind: 'lan-demets-obrien-fleming' }
  | { readonly kind: 'lan-demets-pocock' }
  /** alpha t^rho (Kim, DeMets 1987). */
  | { readonly kind: 'power'; readonly rho: number }
  /** Hwang, Shih, DeCani 1990. */
  | { readonly kind: 'hwang-shih-decani'; readonly gamma: number };

/**
 * The one-sided error spent at a share t of the planned information (Lan, DeMets 1983). 0 at 0, alpha at 1 and beyond.
 * @throws StatsError when alpha or a parameter is out of its domain.
 */
export function alphaSpent(spending: Spending, t: number, alpha: number): number {
  demandInside(alpha, 'alpha');
  demandParameter(spending);
  if (t <= 0) return 0;
  const share = Math.min(1, t);
  switch (spending.kind) {
    case 'lan-demets-obrien-fleming':
      return 2 * normalTails(normalQuantile(alpha / 2, 'upper') / Math.sqrt(share)).upper;
    case 'lan-demets-pocock':
      return alpha * Math.log1p((Math.E - 1) * share);
    case 'power':
      return alpha * share ** spending.rho;
    case 'hwang-shih-decani':
      return spending.gamma === 0
        ? alpha * share
        : (alpha * Math.expm1(-spending.gamma * share)) / Math.expm1(-spending.gamma);
  }
}

function demandParameter(spending: Spending): void {
  if (spending.kind === 'power')
    demand(spending.rho > 0 && spending.rho < 1000, 'spending.rho', 'must lie in (0, 1000)');
  if (spending.kind === 'hwang-shih-decani')
    demand(Math.abs(spending.gamma) < 500, 'spending.gamma', 'must lie in (-500, 500)');
}
