// What the fleet says of guarded calls: counts by outcome since the last report. Types, and who belongs to which group. Pure.
import type { HealthRule, Rollout } from '@org/contract/model';
import { evaluatedKey, rolloutOverlayKey } from '../rollout/overlay.ts';
import type { CallCounts } from '../rollout/status.ts';

/** Calls of one outcome, folded over instances. */
export interface CallReport {
  readonly flagKey: string;
  readonly variant: string;
  readonly rule: string;
  readonly revision: number;
  readonly calls: number;
  /** Units with an error, each once a minute. */
  readonly errors: number;
  /** SDK instances whose breaker opened for the outcome. */
  readonly tripped: readonly string[];
  /** Errors that the application called critical. */
  readonly criticals: number;
  /** Pairs of a bound that a rule names, in milliseconds, and how many calls took longer. */
  readonly slow: readonly (readonly [boundMs: number, calls: number])[];
}

/** How an outcome names the overlay that decided. */
export const overlayRule = (overlayKey: string): string => `overlay:${overlayKey}`;

const nobody: CallCounts = { calls: 0, errors: 0, slow: {} };

/**
 * The reports as a rollout counts them: with the variant by its overlay, and everybody else. With a control only units of the
 * overlay are compared. What was reported of an earlier start (by revision) is left out.
 */
export function groupsOf(
  key: string,
  rollout: Rollout,
  rules: readonly HealthRule[],
  reports: readonly CallReport[],
  sinceRevision: number,
): { readonly variant: CallCounts; readonly others: CallCounts } {
  const own = overlayRule(rolloutOverlayKey(key));
  let variant = nobody;
  let others = nobody;
  for (const report of reports) {
    if (report.flagKey !== evaluatedKey(rollout.target)) continue;
    const isOwn = report.rule === own;
    if (isOwn && report.revision < sinceRevision) continue;
    if (isOwn && report.variant === rollout.variant) variant = plus(variant, report, rules);
    else if (isOwn || rollout.control === undefined) others = plus(others, report, rules);
  }
  return { variant, others };
}

function plus(counts: CallCounts, report: CallReport, rules: readonly HealthRule[]): CallCounts {
  const slow = { ...counts.slow };
  for (const rule of rules) {
    if (rule.type !== 'guarded_latency') continue;
    const [, slower = 0] = report.slow.find(([boundMs]) => boundMs === rule.slowerThanMs) ?? [];
    slow[rule.id] = (slow[rule.id] ?? 0) + slower;
  }
  return { calls: counts.calls + report.calls, errors: counts.errors + report.errors, slow };
}
