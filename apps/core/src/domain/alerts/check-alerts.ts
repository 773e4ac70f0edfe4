// The validation stage of alerts: what a rule names must be there when the alert is written. What goes afterwards takes no
// alert with it: the rule then says that nothing is known.
import type { Violation } from '@org/contract';
import type { Alert, AlertRule } from '@org/contract/model';
import type { ProposedChange } from '../commit/proposed-change.ts';
import type { DocumentSource } from '../environment/document-set.ts';
import { eventOf } from './watched-subjects.ts';

export interface AlertProposal {
  readonly changes: readonly ProposedChange[];
  readonly after: DocumentSource;
}

/** Every finding. */
export const checkAlerts = ({ changes, after }: AlertProposal): readonly Violation[] =>
  changes.flatMap(({ kind, key, json, field }) => {
    const held = kind === 'alert' && json !== undefined ? after.held('alert', key) : undefined;
    if (held === undefined) return [];
    const { rule } = held.document as unknown as Alert;
    return checkRule(rule, after).map((finding) => ({
      ...finding,
      field: `${field}.document.rule.${finding.field}`,
    }));
  });

const named = ['flag', 'metric', 'experiment', 'rollout', 'breaker'] as const;

function checkRule(rule: AlertRule, after: DocumentSource): readonly Violation[] {
  const findings: Violation[] = named.flatMap((kind) => {
    const key = (rule as Partial<Record<(typeof named)[number], unknown>>)[kind];
    if (typeof key !== 'string' || after.held(kind, key) !== undefined) return [];
    return [{ field: kind, rule: `unknown_${kind}`, message: `There is no ${kind} "${key}".` }];
  });
  if (findings.length > 0) return findings;
  if (rule.type === 'variant_share' && rule.variant !== undefined) {
    const variants = after.held('flag', rule.flag)?.document['variants'] ?? {};
    if (!Object.hasOwn(variants as object, rule.variant)) {
      const message = `The flag "${rule.flag}" has no variant "${rule.variant}".`;
      return [{ field: 'variant', rule: 'unknown_variant', message }];
    }
  }
  if (rule.type !== 'metric' && rule.type !== 'exposures_without_events') return [];
  if (eventOf(after, rule.metric) !== undefined) return [];
  return [{ field: 'metric', rule: 'no_event', message: `The metric "${rule.metric}" counts no event.` }];
}
